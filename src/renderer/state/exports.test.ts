import type { ExportReport } from '@shared/ipc'
import { describe, expect, it } from 'vitest'
import { makeDocument } from '../../test/document'
import { Exports } from './exports.svelte'
import { JobsState } from './jobs.svelte'
import { Notices } from './notices.svelte'
import { asking } from './testing'

const REPORT: ExportReport = {
  ...{ path: '/out/film.mp4', files: ['/out/film.mp4'], warnings: [], loudnessLufs: -16, truePeakDbtp: -1 }
}

function bench() {
  let answer: (report: ExportReport | null) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  let isDialogOpen = true
  const shown: string[] = []
  const { ask, names } = asking({
    'job:export': () => new Promise((resolve, reject) => ([answer, fail] = [resolve, reject])),
    'job:cancel': () => Promise.resolve(null),
    'shell:show': ({ path }) => (shown.push(path), Promise.resolve(null))
  })
  const notices = new Notices()
  const exports = new Exports({ ask, jobs: new JobsState(ask), notices, isDialogOpen: () => isDialogOpen })
  return {
    ...{ exports, notices, names, shown },
    answer: (report: ExportReport | null) => answer(report),
    fail: (error: Error) => fail(error),
    closeDialog: () => void (isDialogOpen = false)
  }
}

describe('Exports', () => {
  it('keeps the report, and tells of it only where nobody sees it', async () => {
    const { exports, notices, shown, answer, closeDialog } = bench()
    const seen = exports.run(makeDocument())
    expect(exports.isUnderWay).toBe(true)
    answer(REPORT)
    expect(await seen).toBe(true)
    expect([exports.isUnderWay, exports.report, notices.list]).toEqual([false, REPORT, []])

    const unseen = exports.run(makeDocument())
    closeDialog()
    answer({ ...REPORT, path: '/out/other.mp4' })
    await unseen
    expect(exports.report?.path).toBe('/out/other.mp4')
    const [notice] = notices.list
    expect(notice).toMatchObject({ tone: 'info', message: 'Exported other.mp4.', button: { label: 'Show in folder' } })
    notice!.button!.run()
    expect(shown).toEqual(['/out/other.mp4'])
  })

  it('asks once where the film goes', async () => {
    const { exports, names, answer } = bench()
    const first = exports.run(makeDocument())
    expect(await exports.run(makeDocument())).toBe(false)
    expect(names).toEqual(['job:export'])
    answer(null)
    expect([await first, exports.report, exports.isUnderWay]).toEqual([false, null, false])
  })

  it('takes back the notice of an export that failed when it is tried again', async () => {
    const { exports, notices, answer, fail } = bench()
    const first = exports.run(makeDocument())
    fail(new Error('the disk is full'))
    expect(await first).toBe(false)
    expect(notices.list).toMatchObject([{ tone: 'error' }])
    const second = exports.run(makeDocument())
    expect(notices.list).toEqual([])
    answer(REPORT)
    expect(await second).toBe(true)
  })

  it('forgets what belongs to another project, also where it ends later', async () => {
    const { exports, notices, answer } = bench()
    const late = exports.run(makeDocument())
    exports.forget()
    answer(REPORT)
    expect([await late, exports.report, notices.list]).toEqual([false, null, []])
  })
})
