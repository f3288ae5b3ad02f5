import { expect, it } from 'vitest'
import type { InferenceEngine } from '../engine/types'
import { drawSound } from './draw'

const unused = (): never => {
  throw new Error('the disk was full before')
}

it('names what has no room by the name that was asked for, not by that of its stage', async () => {
  const engine: InferenceEngine = { encode: unused, generate: unused, dispose: unused }
  const request = { features: new Float32Array(), seed: 1, fromLatent: 0, toLatent: 1 }
  const place = { wavPath: '/dev/full', target: '/films/out.mp4', timeReferenceSamples: 0 }
  const drawn = drawSound({ engine, request, ...place, shape: unused, listen: unused }, {})
  await expect(drawn).rejects.toMatchObject({
    code: 'output.disk-full',
    message: expect.stringContaining('/films/out.mp4.')
  })
})
