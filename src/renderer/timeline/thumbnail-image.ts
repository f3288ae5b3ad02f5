/** Pictures are made in the background: one that is not there yet is asked for again, and hidden meanwhile. */
import type { Attachment } from 'svelte/attachments'

const RETRY_MS = 1500

export const retried: Attachment<HTMLImageElement> = (image) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const shown = (): void => void (image.style.visibility = '')
  const failed = (): void => {
    image.style.visibility = 'hidden'
    // Assigning the same address loads again.
    timer = setTimeout(() => image.setAttribute('src', image.getAttribute('src') ?? ''), RETRY_MS)
  }
  image.addEventListener('load', shown)
  image.addEventListener('error', failed)
  return () => {
    clearTimeout(timer)
    image.removeEventListener('load', shown)
    image.removeEventListener('error', failed)
  }
}
