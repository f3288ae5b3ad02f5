/** Which take of a region is listened to beside the one that plays: to be kept, or to be compared with it. */
import type { Region } from '@shared/project'
import type { RegionPlace } from '../edits/find'
import { chooseTake } from '../edits/regions'
import type { Transport } from '../playback/transport.svelte'
import type { ProjectState } from './project.svelte'

interface Heard {
  readonly regionId: string
  readonly takeId: string
}

export class TakeListening {
  readonly #project: ProjectState
  readonly #transport: Transport
  #candidate: Heard | null
  /** What played before the chosen take was chosen. */
  #before: Heard | null

  constructor(project: ProjectState, transport: Transport) {
    this.#project = project
    this.#transport = transport
    this.#candidate = $state.raw(null)
    this.#before = $state.raw(null)
  }

  /** The take that was auditioned last, which Enter keeps. Reactive. */
  candidateOf({ id, takeIds }: Region): string | null {
    const candidate = this.#candidate
    return candidate?.regionId === id && takeIds.includes(candidate.takeId) ? candidate.takeId : null
  }

  /**
   * What the chosen take is compared with: the one auditioned last, or the one that played before, or the one made
   * before it. Null where there is only one. Reactive.
   */
  otherOf(region: Region): string | null {
    const { id, takeId, takeIds } = region
    const before = this.#before?.regionId === id ? this.#before.takeId : null
    const wanted = [this.candidateOf(region), before].find(
      (each) => each !== null && each !== takeId && takeIds.includes(each)
    )
    if (wanted !== undefined) return wanted
    const beside = takeIds.at(takeIds.indexOf(takeId) - 1)
    return beside === undefined || beside === takeId ? null : beside
  }

  /** Plays the region once with that take. */
  audition(place: RegionPlace, takeId: string): void {
    this.#candidate = { regionId: place.regionId, takeId }
    this.#transport.audition(place, takeId)
  }

  /** Plays the region again and again; while it does, only the take changes. */
  compare(place: RegionPlace, region: Region, takeId: string): void {
    if (takeId !== region.takeId) this.#candidate = { regionId: region.id, takeId }
    this.#transport.compare(place, takeId)
  }

  /** The other of the two takes than the one that is heard now; first the chosen one. */
  toggle(place: RegionPlace, region: Region): void {
    const other = this.otherOf(region)
    if (other === null) return
    this.compare(place, region, this.#transport.auditioned === region.takeId ? other : region.takeId)
  }

  /** Chooses the take; the one that played until now stays at hand for comparing. */
  keep(place: RegionPlace, region: Region, takeId: string): void {
    this.#candidate = null
    if (takeId === region.takeId) return
    this.#before = { regionId: region.id, takeId: region.takeId }
    this.#project.edit((draft) => chooseTake(draft, place, takeId), { label: 'Choose take' })
  }
}
