/** `foley onsets`: what the two detectors hear in any media file, and whether that is what sync points asked for. */
import { Command } from 'commander'
import { type Attack, detectAttacks } from '../main/analysis/attacks'
import { type ControlScore, scoreControl } from '../main/analysis/control'
import { type Detection, detectOnsets } from '../main/analysis/onsets'
import { durationSec, type MonoSound, type ReadMono } from '../main/analysis/sound'
import type { SyncPoint } from '@shared/requests'
import { parseSyncPoints } from './options'
import { mediaReader } from './read-mono'

interface Options {
  readonly json?: true
  readonly sync?: readonly SyncPoint[]
}

export interface OnsetsReport {
  readonly file: string
  readonly durationSec: number
  readonly sampleRate: number
  /** The paper's detector: steps of 23 ms. */
  readonly onsets: readonly { readonly timeSec: number; readonly confidence: number }[]
  /** The 1 ms detector, with peak levels in dBFS. */
  readonly attacks: readonly Attack[]
  /** Where sync points were given. */
  readonly control?: ControlScore
}

/** Seconds to a tenth of a millisecond: finer than either detector. */
const round = (value: number): number => Math.round(value * 1e4) / 1e4

const controlOf = ({ samples, sampleRate }: MonoSound, points: readonly SyncPoint[]): ControlScore =>
  scoreControl(
    samples,
    sampleRate,
    points.map(({ timeSec }) => timeSec)
  )

function toCsv({ onsets, attacks }: OnsetsReport): string {
  return [
    'detector,time_sec,confidence,level_db',
    ...onsets.map(({ timeSec, confidence }) => `onset,${timeSec},${confidence},`),
    ...attacks.map(({ timeSec, levelDb }) => `attack,${timeSec},,${levelDb}`),
    ''
  ].join('\n')
}

/** The sub-command; prints CSV, or one object with --json. Errors are thrown as FoleyError. */
export function onsetsCommand(
  readMono: ReadMono = mediaReader(),
  write: (text: string) => unknown = (text) => process.stdout.write(text)
): Command {
  return new Command('onsets')
    .description('list the onsets (the metric’s detector) and the attacks (to 1 ms) of any media file')
    .argument('<media>', 'a film or a sound file')
    .option('--sync <points>', 'with --json: sync points that it should obey, in seconds: 1.25,2.5', parseSyncPoints)
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: Options) => {
      const sound = await readMono(file)
      const report: OnsetsReport = {
        file,
        durationSec: durationSec(sound),
        sampleRate: sound.sampleRate,
        onsets: detectOnsets(sound.samples, sound.sampleRate).map(({ timeSec, confidence }: Detection) => ({
          timeSec: round(timeSec),
          confidence: round(confidence)
        })),
        attacks: detectAttacks(sound.samples, sound.sampleRate).map(({ timeSec, levelDb }) => ({
          timeSec: round(timeSec),
          levelDb: Math.round(levelDb * 10) / 10
        })),
        ...(options.sync === undefined ? {} : { control: controlOf(sound, options.sync) })
      }
      write(options.json ? `${JSON.stringify(report, null, 2)}\n` : toCsv(report))
    })
}
