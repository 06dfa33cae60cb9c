// The browser's side of session/acts.py.

// What Python has not confirmed yet. It is sent together as state and not as events: of two quick events one can be lost.
class PendingActs {
  // Acts within `pause` milliseconds of each other are sent in one message; with 0 each is sent at once.
  constructor(keep, pause = 120) {
    this.keep = keep
    this.pause = pause
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

  has(name) {
    return this.acts.some(act => act.name === name)
  }

  push(what) {
    this.acts.push({ ...what, sequence: ++this.sequence })
    if (this.soon) clearTimeout(this.soon)
    else this.keep([...this.acts]) // at once: the page may be left the next moment
    if (!this.pause) return
    const first = !this.soon
    this.soon = setTimeout(() => {
      this.soon = undefined
      if (!first) this.keep([...this.acts])
    }, this.pause)
  }

  // The latest value of a mark: as it was asked for, or else as it is `stored`.
  value(name, output, stored) {
    return this.acts.findLast(act => act.name === name && (name === "pin" || act.output === output))?.value ?? stored
  }

  remove() {
    clearTimeout(this.soon)
  }
}
