/** Settings, and the model packs that they choose from. */
import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { toReport } from '@shared/errors'
import type { PackView } from '@shared/ipc'
import type { PackManifest } from '@shared/pack'
import { DEFAULT_SETTINGS, type ListedManifest, type StudioSettings, studioSettingsSchema } from '@shared/settings'
import { listPacks, loadManifest, verifyPack } from '../engine/pack'
import { FALLBACK_DEFAULTS, type PackDefaults } from '../project/document'
import { exists } from './exists'
import { readJson, writeJson } from './json-file'
import type { StudioPorts } from './ports'

const DEFAULT_PACK = 'hits'

type Ports = Pick<StudioPorts, 'userDataFolder' | 'packsFolder' | 'log'>

export class SettingsAndPacks {
  readonly #ports: Ports
  readonly #path: string
  #settings: StudioSettings

  private constructor(ports: Ports, path: string, settings: StudioSettings) {
    this.#ports = ports
    this.#path = path
    this.#settings = settings
  }

  static async load(ports: Ports): Promise<SettingsAndPacks> {
    const path = join(ports.userDataFolder, 'settings.json')
    const settings = (await readJson(path, studioSettingsSchema, ports.log)) ?? DEFAULT_SETTINGS
    return new SettingsAndPacks(ports, path, await found(settings, ports.packsFolder))
  }

  get settings(): StudioSettings {
    return this.#settings
  }

  /** Of the pack in use. */
  get packPath(): string {
    return this.#settings.packPath ?? this.#defaultPath
  }

  get #defaultPath(): string {
    return join(this.#ports.packsFolder, DEFAULT_PACK)
  }

  /** A pack that is newly chosen is checked first. @throws FoleyError `pack.*`, `output.*` */
  async set(settings: StudioSettings): Promise<StudioSettings> {
    const { packPath } = settings
    if (packPath !== null && packPath !== this.#settings.packPath) await verifyPack(packPath)
    await writeJson(this.#path, settings)
    this.#settings = settings
    return settings
  }

  /** The bundled ones, then the added ones. */
  async list(): Promise<PackView[]> {
    const bundled = await listPacks([this.#ports.packsFolder])
    const views = bundled.map(({ path, manifest, error }): PackView => {
      const isDefault = path === this.#defaultPath
      return { path, bundled: true, isDefault, manifest: manifest ? listed(manifest) : null, error: error ?? null }
    })
    for (const path of this.#settings.addedPacks) views.push(await this.#added(path))
    return views
  }

  /**
   * Adds a pack by its folder, or by the manifest in it.
   *
   * @throws FoleyError `pack.*` when it cannot be used
   */
  async add(path: string): Promise<PackView[]> {
    const stats = await stat(path).catch(() => undefined)
    const isManifest = stats?.isFile() === true && basename(path) === 'manifest.json'
    const { directory } = await verifyPack(isManifest ? dirname(resolve(path)) : resolve(path))
    const isKnown = (await this.list()).some((view) => resolve(view.path) === directory)
    if (!isKnown) await this.set({ ...this.#settings, addedPacks: [...this.#settings.addedPacks, directory] })
    return this.list()
  }

  /** What new regions start from. A pack that cannot be read is told of when it is used, not when a film is opened. */
  async defaults(): Promise<PackDefaults> {
    try {
      return (await loadManifest(this.packPath)).manifest.defaults
    } catch (error) {
      this.#ports.log('warn', `the defaults of ${this.packPath} cannot be read`, error)
      return FALLBACK_DEFAULTS
    }
  }

  async #added(path: string): Promise<PackView> {
    try {
      const { manifest } = await loadManifest(path)
      return { path, bundled: false, isDefault: false, manifest: listed(manifest), error: null }
    } catch (error) {
      return { path, bundled: false, isDefault: false, manifest: null, error: toReport(error) }
    }
  }
}

/** A bundled pack is where the application is now: an AppImage is mounted elsewhere at each start. */
async function found(settings: StudioSettings, packsFolder: string): Promise<StudioSettings> {
  const { packPath, addedPacks } = settings
  if (packPath === null || addedPacks.includes(packPath) || (await exists(packPath))) return settings
  const here = join(packsFolder, basename(packPath))
  return (await exists(here)) ? { ...settings, packPath: here } : settings
}

const listed = (manifest: PackManifest): ListedManifest => {
  const { id, name, version, licence, training, materials, syncModes, defaults, window } = manifest
  return { id, name, version, licence, training, materials, syncModes, defaults, window }
}
