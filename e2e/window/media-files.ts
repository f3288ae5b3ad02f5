/** What exported files hold, read by ffprobe and ffmpeg: not by the code that wrote them. */
import { execa } from 'execa'

const probe = async (path: string, ...entries: readonly string[]): Promise<string> =>
  (await execa('ffprobe', ['-v', 'error', ...entries, '-of', 'csv=p=0', path])).stdout

/** Times and hashes of the picture's packets. */
export const picturePackets = (path: string): Promise<string> =>
  probe(path, ...['-select_streams', 'v:0', '-show_data_hash', 'sha256'], '-show_entries', 'packet=pts,dts,data_hash')

export const streamsOf = async (path: string): Promise<string[]> =>
  (await probe(path, '-show_entries', 'stream=codec_name')).split('\n').map((line) => line.replace(/,$/, ''))

/** Length of the first sound track as the container says it, which is what players go by: in samples of 48 kHz. */
export const soundSamples = async (path: string): Promise<number> =>
  Number.parseInt(await probe(path, '-select_streams', 'a:0', '-show_entries', 'stream=duration_ts'), 10)

/** One sound track, both channels as one. Of AAC, older decoders give the last packet whole. */
export async function soundOf(path: string, track = 0): Promise<Float32Array> {
  const output = ['-map', `0:a:${track}`, '-ac', '1', '-c:a', 'pcm_f32le', '-f', 'f32le', '-']
  const { stdout } = await execa('ffmpeg', ['-v', 'error', '-i', path, ...output], {
    encoding: 'buffer',
    stripFinalNewline: false
  })
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength))
}

/** Amplitude of a tone over the second that begins at 1 s (one bin of a discrete Fourier transform). */
export function toneLevel(samples: Float32Array, hertz: number): number {
  const second = samples.subarray(48_000, 96_000)
  let [real, imaginary] = [0, 0]
  second.forEach((value, index) => {
    const angle = (2 * Math.PI * hertz * index) / 48_000
    real += value * Math.cos(angle)
    imaginary += value * Math.sin(angle)
  })
  return (2 * Math.hypot(real, imaginary)) / second.length
}

/** Integrated loudness by ffmpeg's EBU R 128 meter; the application itself measures with `loudnorm`. */
export async function loudnessOf(path: string): Promise<number> {
  const { stderr } = await execa('ffmpeg', ['-nostats', '-i', path, '-af', 'ebur128', '-f', 'null', '-'])
  const [, lufs] = /Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(stderr) ?? []
  return Number(lufs)
}
