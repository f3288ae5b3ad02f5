/** `foley onsets`: what the two detectors hear in any media file. */
import { Command } from 'commander'
import { type Attack, detectAttacks } from '../main/analysis/attacks'
import { type Detection, detectOnsets } from '../main/analysis/onsets'
import { durationSec, type ReadMono } from '../main/analysis/sound'
import { mediaReader } from './read-mono'

interface Options {
  readonly json?: true
}

export interface OnsetsReport {
  readonly file: string
  readonly durationSec: number
  readonly sampleRate: number
  /** The paper's detector: steps of 23 ms. */
  readonly onsets: readonly { readonly timeSec: number; readonly confidence: number }[]
  /** The 1 ms detector, with peak levels in dBFS. */
  readonly attacks: readonly Attack[]
}

/** Seconds to a tenth of a millisecond: finer than either detector. */
const round = (value: number): number => Math.round(value * 1e4) / 1e4

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
        }))
      }
      write(options.json ? `${JSON.stringify(report, null, 2)}\n` : toCsv(report))
    })
}
