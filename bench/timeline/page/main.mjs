/* global document, window */
// The real timeline on a main process that answers at once from memory.
import '@renderer/styles/base.css'
import { Studio } from '@renderer/state/studio.svelte'
import { mount } from 'svelte'
import Bench from './Bench.svelte'
import { filmDocument, peaksOf } from './film.mjs'

const project = filmDocument({ seconds: 3600, onsets: 2000, tracks: 3 })
const answers = { 'sound:peaks': ({ source }) => peaksOf(project, source) }
const bridge = {
  request: async (name, payload) => ({ ok: true, value: answers[name]?.(payload) ?? null }),
  on: () => () => undefined,
  pathOf: () => ''
}
const studio = new Studio(bridge)
studio.enter({
  document: project,
  path: null,
  dirty: false,
  film: {
    media: project.media,
    name: 'film',
    url: undefined,
    warnings: [],
    thumbnails: { base: './thumbnail-', count: 1800, everySec: 2, width: 160, height: 90 }
  }
})
mount(Bench, { target: document.querySelector('#app'), props: { studio } })
window.studio = studio
