// Peak resident memory of a process and all that it starts. Linux reads /proc; elsewhere it is not measured.
import { readFileSync, readdirSync } from 'node:fs'

const PAGE_BYTES = 4096

function* processes() {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // The name may hold spaces and parentheses: fields count from the last one.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      yield { pid: Number(name), parent: Number(fields[1]), bytes: Number(fields[21]) * PAGE_BYTES }
    } catch {
      // It ended while we looked.
    }
  }
}

/** Processes that `parent` started, and that run. */
export const childrenOf = (parent) => [...processes()].filter((each) => each.parent === parent).map(({ pid }) => pid)

/** Bytes resident in the tree under `root` now; pages shared between processes count in each. */
export function treeBytes(root) {
  const all = [...processes()]
  const members = new Set([root])
  for (let grown = true; grown;) {
    grown = false
    for (const { pid, parent } of all) {
      if (!members.has(parent) || members.has(pid)) continue
      members.add(pid)
      grown = true
    }
  }
  return all.reduce((sum, { pid, bytes }) => sum + (members.has(pid) ? bytes : 0), 0)
}

/** Samples until `stop`, which returns the peak in bytes (undefined where there is no /proc). */
export function watchTree(root, everyMs = 50) {
  if (process.platform !== 'linux') return { stop: () => undefined }
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, treeBytes(root))), everyMs)
  return {
    stop: () => {
      clearInterval(timer)
      return peak
    }
  }
}
