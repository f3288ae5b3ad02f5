import { expect, it } from 'vitest'
import { ntscFilm } from '../../test/clips'
import { Engine } from '../engine/engine'
import { FIXTURE_PACK } from '../engine/testing'
import { probe } from '../media/probe'
import { findTools } from '../media/tools'
import { lookAt } from './look'

it('sees the film at every instant of the visual grid, whatever the film’s own rate', async () => {
  const media = await findTools()
  const engine = await Engine.load({ packPath: FIXTURE_PACK, provider: 'cpu', threads: 1 })
  const { visual } = engine.info.manifest
  const { features } = await lookAt({ film: await probe(await ntscFilm(), media), media, engine, visual }, {})
  expect(features).toHaveLength(Math.ceil((90 * 1001 * visual.rateHz) / 30_000) * visual.featureChannels)
  await engine.dispose()
})
