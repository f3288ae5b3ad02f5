/**
 * Spectral-flux onset strength, as `librosa.onset.onset_strength` (0.11) computes it with its defaults at 22 050 Hz:
 * centred frames with zero padding, periodic Hann window, power spectrum, 128 Slaney mel bands, decibels against 1 with
 * amin 1e-10 and an 80 dB range below the loudest value of the whole signal, lag 1, positive differences, mean over bands.
 */
import FFT from 'fft.js'

export const ONSET_RATE = 22_050
export const FRAME_SAMPLES = 2048
export const HOP_SAMPLES = 512

const MEL_BANDS = 128
const BINS = FRAME_SAMPLES / 2 + 1
const MIN_POWER = 1e-10
const TOP_DB = 80
/** Frames by which the envelope is moved later: the lag, and half a centred frame in hops. */
const SHIFT_FRAMES = 1 + FRAME_SAMPLES / (2 * HOP_SAMPLES)

/** Slaney's scale (Auditory Toolbox, 1998): linear below 1 kHz, 27 steps per factor of 6.4 above. */
function melToHz(mel: number): number {
  const stepHz = 200 / 3
  const cornerMel = 1000 / stepHz
  return mel < cornerMel ? mel * stepHz : 1000 * Math.exp((Math.log(6.4) / 27) * (mel - cornerMel))
}

function hzToMel(hz: number): number {
  const stepHz = 200 / 3
  return hz < 1000 ? hz / stepHz : 1000 / stepHz + Math.log(hz / 1000) / (Math.log(6.4) / 27)
}

interface MelBand {
  readonly firstBin: number
  readonly weights: Float64Array
}

/** `librosa.filters.mel(sr=22050, n_fft=2048)`: triangles of constant area ("slaney" norm), zeros left out. */
export function melBands(): readonly MelBand[] {
  const topMel = hzToMel(ONSET_RATE / 2)
  const edges = Array.from({ length: MEL_BANDS + 2 }, (_, i) => melToHz((topMel * i) / (MEL_BANDS + 1)))
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [low, centre, high] = [edges[band]!, edges[band + 1]!, edges[band + 2]!]
    const weights: number[] = []
    let firstBin = 0
    for (let bin = 0; bin < BINS; bin += 1) {
      const hz = (bin * ONSET_RATE) / FRAME_SAMPLES
      const height = Math.min((hz - low) / (centre - low), (high - hz) / (high - centre))
      if (height <= 0) continue
      if (weights.length === 0) firstBin = bin
      weights.push((height * 2) / (high - low))
    }
    return { firstBin, weights: Float64Array.from(weights) }
  })
}

/** Collects frames and turns them into the envelope. Holds 128 numbers a frame, 22 kB for each second of sound. */
export class OnsetStrength {
  private readonly fft = new FFT(FRAME_SAMPLES)
  private readonly spectrum = this.fft.createComplexArray()
  private readonly windowed = new Float64Array(FRAME_SAMPLES)
  private readonly power = new Float64Array(BINS)
  private readonly hann = Float64Array.from(
    { length: FRAME_SAMPLES },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME_SAMPLES)
  )
  private readonly bands = melBands()
  private readonly framesDb: Float32Array[] = []
  private loudestDb = -Infinity

  get frameCount(): number {
    return this.framesDb.length
  }

  /** The next frame: 2048 samples, centred on sample `512 * frame`. */
  addFrame(samples: Float32Array): void {
    for (let i = 0; i < FRAME_SAMPLES; i += 1) this.windowed[i] = samples[i]! * this.hann[i]!
    this.fft.realTransform(this.spectrum, this.windowed)
    for (let bin = 0; bin < BINS; bin += 1) {
      this.power[bin] = this.spectrum[2 * bin]! ** 2 + this.spectrum[2 * bin + 1]! ** 2
    }
    const frame = new Float32Array(MEL_BANDS)
    this.bands.forEach(({ firstBin, weights }, band) => {
      let sum = 0
      for (let i = 0; i < weights.length; i += 1) sum += weights[i]! * this.power[firstBin + i]!
      const db = 10 * Math.log10(Math.max(MIN_POWER, sum))
      frame[band] = db
      if (db > this.loudestDb) this.loudestDb = db
    })
    this.framesDb.push(frame)
  }

  /** [frames]: mean rise in dB per band, moved later by three frames (librosa's `center` and lag compensation). */
  envelope(): Float64Array {
    const envelope = new Float64Array(this.framesDb.length)
    const floorDb = this.loudestDb - TOP_DB
    for (let frame = SHIFT_FRAMES; frame < envelope.length; frame += 1) {
      const before = this.framesDb[frame - SHIFT_FRAMES]!
      const after = this.framesDb[frame - SHIFT_FRAMES + 1]!
      let rise = 0
      for (let band = 0; band < MEL_BANDS; band += 1) {
        rise += Math.max(0, Math.max(floorDb, after[band]!) - Math.max(floorDb, before[band]!))
      }
      envelope[frame] = rise / MEL_BANDS
    }
    return envelope
  }
}
