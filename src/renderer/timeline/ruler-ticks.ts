/** Ticks and labels of the ruler. Pure. They fall on round timecodes, which in drop-frame are not evenly spaced. */
import type { MediaRef } from '@shared/project'
import { allowsDropFrame, frameOfCount, frameToSample, SAMPLE_RATE, sampleToFrame, timecode } from '@shared/time'
import { toPx, visibleSamples, type Viewport } from './viewport'

type Clock = Pick<MediaRef, 'rate' | 'startFrame' | 'dropFrame'>

/** "00:00:00:00" in the ruler's type, with air on both sides. */
export const LABEL_PX = 104
const TICK_PX = 9

const SECOND_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400]

/** In frames of the timecode's count, rising; each is a round number for a person. */
export function stepLadder(nominalFps: number): readonly number[] {
  const frames = [1, 2, 5, 6, 10, 12, 15, 30].filter((step) => step < nominalFps && nominalFps % step === 0)
  return [...frames, ...SECOND_STEPS.map((seconds) => seconds * nominalFps)]
}

export interface RulerStep {
  /** Frames of the timecode's count between labels. */
  readonly label: number
  /** Between ticks; divides `label`. */
  readonly tick: number
}

export function rulerStep(nominalFps: number, pxPerFrame: number): RulerStep {
  const ladder = stepLadder(nominalFps)
  const label = ladder.find((step) => step * pxPerFrame >= LABEL_PX) ?? ladder.at(-1)!
  const tick = ladder.find((step) => label % step === 0 && step * pxPerFrame >= TICK_PX) ?? label
  return { label, tick }
}

export interface RulerTicks {
  readonly labels: readonly { readonly frame: number; readonly px: number; readonly text: string }[]
  readonly ticks: readonly number[]
}

/** `frame` counts from the film's first; the text from its start timecode. */
export function rulerTicks(view: Viewport, { rate, startFrame, dropFrame }: Clock): RulerTicks {
  const nominal = Math.round(rate.num / rate.den)
  const drop = dropFrame && allowsDropFrame(rate)
  const step = rulerStep(nominal, (view.pxPerSec * rate.den) / rate.num)
  const shown = Math.min(view.fromSample + visibleSamples(view), view.durationSamples)
  const first = sampleToFrame(Math.max(0, Math.floor(view.fromSample)), rate) + startFrame
  // Drop-frame counts run ahead of frames by 3.6 s an hour: start early by that, and stop by the picture.
  const labels: { frame: number; px: number; text: string }[] = []
  const ticks: number[] = []
  for (let count = Math.floor(first / step.label - 1) * step.label; ; count += step.tick) {
    const absolute = frameOfCount(count, nominal, drop)
    const frame = absolute - startFrame
    const sample = frameToSample(frame, rate)
    if (sample > shown) break
    const px = toPx(view, sample)
    if (frame < 0 || px < -LABEL_PX) continue
    if (count % step.label === 0) labels.push({ frame, px, text: timecode(absolute, rate, dropFrame) })
    else ticks.push(px)
  }
  return { labels, ticks }
}

export const frameSamples = ({ rate }: Pick<MediaRef, 'rate'>): number => (SAMPLE_RATE * rate.den) / rate.num
