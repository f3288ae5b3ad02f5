/** Custom properties as a canvas needs them, read again when the theme changes and never while drawing. */
import { createSubscriber } from 'svelte/reactivity'

const onThemeChange = createSubscriber((update) => {
  const observer = new MutationObserver(update)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class', 'data-theme', 'style'] })
  const scheme = matchMedia('(prefers-color-scheme: light)')
  scheme.addEventListener('change', update)
  return () => {
    observer.disconnect()
    scheme.removeEventListener('change', update)
  }
})

/** Reads a custom property of the document's root as a colour. Reactive. */
export function themeColour(): (name: string) => string {
  onThemeChange()
  const style = getComputedStyle(document.documentElement)
  return (name) => style.getPropertyValue(name).trim()
}
