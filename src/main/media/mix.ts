/** How the generated sound meets the original: filter graphs, and which tracks come out. Pure. */
import type { OriginalMode } from '@shared/requests'
import { SAMPLE_RATE } from '@shared/time'
import { defaultAudio, placed, toChannels } from './audio'
import { carriesSound, type OutputContainer } from './containers'
import type { AudioStream, MediaInfo } from './media-info'

export interface FoleyTrack {
  readonly channels: number
  readonly gainDb: number
  /** Exact length of the film's sound, in samples at 48 kHz. */
  readonly frames: number
}

/** Of the first track's parts and of their sum. */
export interface MixGains {
  /** Of the original sound where it is mixed in; a track of its own stays as it is. */
  readonly originalGainDb?: number
  /** Of the sum. */
  readonly busGainDb?: number
}

export interface MixPlan {
  /** A filter graph whose output [bus] is the first track: 48 kHz, stereo, exactly `frames` long. */
  readonly graph: string
  /** Arguments that map and encode every sound track, in order. */
  readonly trackArguments: readonly string[]
  readonly trackCount: number
  readonly warnings: readonly string[]
}

/**
 * Input 0 is the film on the container's timeline, input 1 the generated sound.
 *
 * `duck` lowers the original while the Foley sounds: from -34 dBFS on, 6:1, down within 8 ms and back within 300 ms, so
 * that it gives way to a hit and is not heard to pump between hits.
 */
export function planMix(
  film: MediaInfo,
  foley: FoleyTrack,
  mode: OriginalMode,
  container: OutputContainer,
  { originalGainDb = 0, busGainDb = 0 }: MixGains = {}
): MixPlan {
  const isSilent = film.audio.length === 0
  const effective = isSilent ? 'replace' : mode
  const warnings =
    isSilent && mode !== 'replace' ? [`${film.path} has no sound of its own: only the new sound is in the output.`] : []
  const foleyChain = `[1:a:0]${foleyFilters(foley)}`
  const bus = `${[...volume(busGainDb), bounded(foley.frames)].join(',')},${PEAK_METER},${onFilmsClock(film)}[bus]`
  const first = ['-map', '[bus]', ...encoder(container, 0, 2), ...named(0, 'Foley'), '-disposition:a:0', 'default']

  switch (effective) {
    case 'replace':
      return { graph: `${foleyChain},${bus}`, trackArguments: first, trackCount: 1, warnings }
    case 'mix':
      return {
        graph: `${foleyChain}[foley];${original(film, foley.frames, originalGainDb)}[original];[original][foley]${SUM},${bus}`,
        trackArguments: first,
        trackCount: 1,
        warnings
      }
    case 'duck':
      return {
        graph:
          `${foleyChain},asplit[foley][key];${original(film, foley.frames, originalGainDb)}[original];` +
          `[original][key]sidechaincompress=threshold=0.02:ratio=6:attack=8:release=300[ducked];` +
          `[ducked][foley]${SUM},${bus}`,
        trackArguments: first,
        trackCount: 1,
        warnings
      }
    case 'second-track': {
      const tracks = film.audio.map((stream, index) => originalTrack(film, stream, index + 1, container))
      return {
        graph: [`${foleyChain},${bus}`, ...tracks.flatMap(({ graph }) => graph)].join(';'),
        trackArguments: [...first, ...tracks.flatMap(({ args }) => args)],
        trackCount: 1 + tracks.length,
        warnings: tracks.flatMap(({ warnings: own }) => own)
      }
    }
  }
}

/** Plain addition: `amix` would otherwise turn both down. */
const SUM = 'amix=inputs=2:duration=longest:normalize=0'

/** Exactly so many samples. Not `-t` or `-shortest` on the output: those would cut the copied picture too. */
const bounded = (frames: number): string => `apad=whole_len=${frames},atrim=end_sample=${frames}`

/** The picture keeps the clock of its file until the muxer, which takes time zero off everything alike. */
const onFilmsClock = ({ startSec }: MediaInfo): string => `asetpts=N+${Math.round(startSec * SAMPLE_RATE)}`

/** Writes the running peak to file descriptor 3, for {@link parsePeakDb}. */
const PEAK_METER =
  'astats=metadata=1:reset=0:measure_perchannel=none:measure_overall=Peak_level,' +
  "ametadata=mode=print:key=lavfi.astats.Overall.Peak_level:file='pipe\\:3'"

/** Peak so far in dBFS from a line of the meter; undefined for its other lines. */
export function parsePeakDb(line: string): number | undefined {
  const value = /^lavfi\.astats\.Overall\.Peak_level=(.+)$/.exec(line)?.[1]
  if (value === undefined) return undefined
  return value === '-inf' ? -Infinity : Number(value)
}

/** In floats, so that gain and sum cannot clip before the encoder. */
function foleyFilters({ channels, gainDb, frames }: FoleyTrack): string {
  const filters = [`aresample=${SAMPLE_RATE}`, 'aformat=sample_fmts=fltp', toChannels(channels, 2), ...volume(gainDb)]
  return [...filters, bounded(frames)].join(',')
}

const volume = (gainDb: number): string[] => (gainDb === 0 ? [] : [`volume=${gainDb.toFixed(4)}dB`])

function original(film: MediaInfo, frames: number, gainDb: number): string {
  const stream = defaultAudio(film)
  const filters = [
    'aformat=sample_fmts=fltp',
    placed(film, SAMPLE_RATE),
    toChannels(stream.channels, 2),
    ...volume(gainDb),
    bounded(frames)
  ]
  return `[0:${stream.index}]${filters.join(',')}`
}

interface OriginalTrack {
  readonly graph: readonly string[]
  readonly args: readonly string[]
  readonly warnings: readonly string[]
}

/** Copied where the container can carry it; all its channels stay in either case. */
function originalTrack(film: MediaInfo, stream: AudioStream, track: number, container: OutputContainer): OriginalTrack {
  const common = [...named(track, 'Original'), `-disposition:a:${track}`, '0']
  // Matroska would shift every stream for a sound whose encoder delay makes it start before zero; coded anew, none does.
  if (container.muxer !== 'matroska' && carriesSound(container, stream.codec)) {
    return { graph: [], args: ['-map', `0:${stream.index}`, `-c:a:${track}`, 'copy', ...common], warnings: [] }
  }
  const label = `[original${track}]`
  const lossy = container.muxer !== 'matroska'
  return {
    graph: [`[0:${stream.index}]${placed(film, SAMPLE_RATE)},${onFilmsClock(film)}${label}`],
    args: ['-map', label, ...encoder(container, track, stream.channels), ...common],
    warnings: lossy
      ? [`${container.extension} cannot carry the original's ${stream.codec} sound: its track is encoded as AAC.`]
      : []
  }
}

/**
 * AAC at 256 kbit/s for a stereo bus. Matroska cannot say how many samples of AAC are the encoder's delay, and players
 * would be 1,024 samples late: there it is FLAC, which has up to eight channels, or PCM.
 */
function encoder({ muxer }: OutputContainer, track: number, channels: number): string[] {
  const lossless = channels > 8 ? 'pcm_s24le' : 'flac'
  const codec = muxer === 'matroska' ? [lossless] : ['aac', `-b:a:${track}`, `${128 * Math.max(2, channels)}k`]
  return [`-c:a:${track}`, ...codec, `-ar:a:${track}`, String(SAMPLE_RATE)]
}

/** MP4 and MOV show `handler_name` where Matroska shows `title`. */
const named = (track: number, name: string): string[] =>
  ['title', 'handler_name'].flatMap((key) => [`-metadata:s:a:${track}`, `${key}=${name}`])
