/** The one channel by which the page asks. */
import { REQUEST_CHANNEL, type Answer, type AnswerOf, type RequestName } from '@shared/ipc'
import { ipcMain, type BrowserWindow, type IpcMainInvokeEvent } from 'electron'
import type { CloseGuard } from './close-guard'
import { dispatch, refused, type DispatchOptions } from './requests'
import { isHome } from './scheme'

export interface IpcOptions extends DispatchOptions {
  readonly window: BrowserWindow
  readonly guard: CloseGuard
  /** Hears every answer: the shell follows the theme and the recent files. */
  readonly onAnswer: (name: unknown, answer: Answer<AnswerOf<RequestName>>) => void
}

export function answerRequests({ window, guard, onAnswer, ...options }: IpcOptions): void {
  ipcMain.handle(REQUEST_CHANNEL, async (event, name: unknown, payload: unknown) => {
    if (!isOurPage(event, window)) {
      options.log('warn', 'a request of a page that is not ours was refused', event.senderFrame?.url)
      return { ok: false, error: refused('A foreign page asked something of the application.', name).toReport() }
    }
    const answer = await guard.around(name, () => dispatch(options, name, payload))
    onAnswer(name, answer)
    return answer
  })
}

/** Our window's own frame, not one inside it, showing our page. */
function isOurPage({ sender, senderFrame }: IpcMainInvokeEvent, window: BrowserWindow): boolean {
  if (window.isDestroyed() || sender.id !== window.webContents.id) return false
  return senderFrame !== null && senderFrame.parent === null && isHome(senderFrame.url)
}
