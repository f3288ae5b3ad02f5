import { describe, expect, it } from 'vitest'
import { FADE_SAMPLES, JOIN_SAMPLES, OUTSIDE_SAMPLES } from './seam'
import { TakeSound, type Edge } from './take-sound'

const FROM = 48_000
const TO = 96_000
/** Two tones and a little noise: a sound whose slope and bend are known everywhere. */
const tone = (phase: number, level: number) => (n: number) =>
  level * (Math.sin(0.05 * n + phase) + 0.4 * Math.sin(0.31 * n + 2 * phase))
const old = tone(0, 0.3)
const other = tone(1.3, 0.25)
const stretch = (at: (n: number) => number, from: number, to: number): Float32Array =>
  Float32Array.from({ length: to - from }, (_, i) => at(from + i))

async function joined(
  edges: { readonly left: Edge; readonly right: Edge },
  fresh: (n: number) => number,
  { margin = 960, part = 7001, range = { fromSample: FROM, toSample: TO } } = {}
): Promise<Float32Array> {
  const written: Float32Array[] = []
  const sound = new TakeSound({ ...edges, ...range }, (samples) => {
    written.push(samples.slice())
    return Promise.resolve()
  })
  const end = range.toSample + margin
  for (let from = range.fromSample - margin; from < end; from += part) {
    await sound.push(from, stretch(fresh, from, Math.min(end, from + part)))
  }
  await sound.finish()
  return Float32Array.from(written.flatMap((each) => [...each]))
}

const joinWith = (insideSamples: number): { left: Edge; right: Edge } => ({
  left: {
    kind: 'join',
    takeId: 'old',
    old: { outside: stretch(old, FROM - OUTSIDE_SAMPLES, FROM), inside: stretch(old, FROM, FROM + insideSamples) }
  },
  right: {
    kind: 'join',
    takeId: 'old',
    old: { outside: stretch(old, TO, TO + OUTSIDE_SAMPLES), inside: stretch(old, TO - insideSamples, TO) }
  }
})

/** |second difference| at the two or three places that a seam touches, and the 99.9th percentile around it. */
function bends(track: Float32Array, at: number): { seam: number; around: number } {
  const bend = (n: number): number => Math.abs(track[n - 1]! - 2 * track[n]! + track[n + 1]!)
  const around = Array.from({ length: 9600 }, (_, i) => at - 4800 + i)
    .map(bend)
    .sort((a, b) => a - b)
  return { seam: Math.max(bend(at - 1), bend(at)), around: around[Math.floor(around.length * 0.999)]! }
}

const whole = (inside: Float32Array): Float32Array =>
  Float32Array.from([...stretch(old, 0, FROM), ...inside, ...stretch(old, TO, TO + 48_000)])

describe('TakeSound', () => {
  it.each([
    ['the old take covers the join', JOIN_SAMPLES, 960],
    ['the old take ends within the join', 100, 960],
    ['the old take ends at the edge', 0, 960],
    ['the old take ends at the edge and nothing is decoded beyond it', 0, 0]
  ])('has no seam where %s', async (_, inside, margin) => {
    const out = await joined(joinWith(inside), other, { margin })
    expect(out).toHaveLength(TO - FROM)
    const track = whole(out)
    for (const at of [FROM, TO]) {
      const { seam, around } = bends(track, at)
      expect(seam).toBeLessThanOrEqual(around)
    }
    // Farther in, it is the new sound alone.
    expect(out.subarray(JOIN_SAMPLES, -JOIN_SAMPLES)).toEqual(stretch(other, FROM + JOIN_SAMPLES, TO - JOIN_SAMPLES))
  })

  it('a hard cut would be seen by the same measure', () => {
    const { seam, around } = bends(whole(stretch(other, FROM, TO)), FROM)
    expect(seam).toBeGreaterThan(around)
  })

  it('changes nothing where old and new are the same', async () => {
    const out = await joined(joinWith(0), old)
    const expected = stretch(old, FROM, TO)
    expect(Math.max(...out.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6)
  })

  it('fades where nothing continues, and leaves the film’s own ends alone', async () => {
    const one = (): number => 1
    const faded = await joined({ left: { kind: 'fade' }, right: { kind: 'fade' } }, one)
    expect([faded[0], faded.at(-1), faded[FADE_SAMPLES], faded.at(-FADE_SAMPLES - 1)]).toEqual([0, 0, 1, 1])
    const bare = await joined({ left: { kind: 'film' }, right: { kind: 'film' } }, one)
    expect(bare.every((value) => value === 1)).toBe(true)
  })

  it.each([1, 137, 480, 960, 961])('takes parts of any size and ranges of any length: %i', async (part) => {
    const range = { fromSample: FROM, toSample: FROM + 700 }
    const edges: { left: Edge; right: Edge } = { left: { kind: 'fade' }, right: { kind: 'film' } }
    const out = await joined(edges, other, { part, range })
    const reference = await joined(edges, other, { part: 100_000, range })
    expect(out).toHaveLength(700)
    expect(out).toEqual(reference)
  })
})
