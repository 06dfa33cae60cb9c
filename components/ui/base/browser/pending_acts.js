// The browser's side of session/acts.py.

// What Python has not confirmed yet. It is sent together as state and not as events: of two quick events one can be lost.
class PendingActs {
  constructor(keep) {
    this.keep = keep
    this.acts = []
    this.sequence = 0
  }

  confirm(handled) {
    this.sequence = Math.max(this.sequence, handled)
    this.acts = this.acts.filter(act => act.sequence > handled)
  }

  add(name, output, value) {
    this.push({ name, output, value })
  }

  push(what) {
    this.acts.push({ ...what, sequence: ++this.sequence })
    if (this.soon) clearTimeout(this.soon)
    else this.keep([...this.acts]) // at once: the page may be left the next moment
    const first = !this.soon
    this.soon = setTimeout(() => {
      this.soon = undefined
      if (!first) this.keep([...this.acts])
    }, 120)
  }

  // The latest value of a mark: as it was asked for, or else as it is `stored`.
  value(name, output, stored) {
    return this.acts.findLast(act => act.name === name && (name === "pin" || act.output === output))?.value ?? stored
  }

  remove() {
    clearTimeout(this.soon)
  }
}
