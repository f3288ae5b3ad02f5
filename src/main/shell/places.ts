/** Where the application's own files lie: beside the sources in development, in `resources` of a package. */
import { app } from 'electron'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface Places {
  readonly engineEntry: string
  readonly preloadFile: string
  readonly pageFolder: string
  readonly resourcesFolder: string
  readonly packsFolder: string
  readonly samplesFolder: string
  readonly licences: string
}

/** electron-builder.yml puts `resources/` and `samples/` there. */
export function findPlaces(): Places {
  const out = resolve(import.meta.dirname, '..')
  const project = resolve(out, '..')
  const resourcesFolder = app.isPackaged ? process.resourcesPath : join(project, 'resources')
  return {
    engineEntry: join(out, 'main', 'engine-process.js'),
    preloadFile: join(out, 'preload', 'index.cjs'),
    pageFolder: join(out, 'renderer'),
    resourcesFolder,
    packsFolder: join(resourcesFolder, 'models'),
    samplesFolder: app.isPackaged ? join(resourcesFolder, 'samples') : join(project, 'samples'),
    licences: readFileSync(join(out, 'main', 'licences.txt'), 'utf8')
  }
}
