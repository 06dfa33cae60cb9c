// Follows a page's run by its channel, a stream of server-sent events. Prepended to the components that show a run.

const LOST = "The connection to the server is lost. Runs continue on the server; this page reconnects automatically."
const AGAIN_MS = 1000
const UNDRAWN_MS = 4000
const LONGEST_MS = 60_000
const KNOWN = 8 // runs

// Requests a rerun of the page until it happens: a request while the page's own connection is cut is silently lost,
// and that connection comes back later than the channel.
class Asking {
  ask(what, send) {
    if (this.what === what) return
    this.done()
    this.what = what
    this.send(send, UNDRAWN_MS)
  }

  // Each wait is twice as long as the one before, so that a slow page is not restarted again and again.
  send(send, wait) {
    send()
    this.timer = setTimeout(() => this.send(send, Math.min(2 * wait, LONGEST_MS)), wait)
  }

  done() {
    clearTimeout(this.timer)
    this.what = undefined
  }
}

class Follower {
  // `onRun` receives a run after every change, `onLost` whether the connection is lost. `isAwaited` returns whether
  // changes are expected; `onRefused` requests a rerun, since only that opens a channel at a restarted server.
  constructor({ onRun, onLost, isAwaited, onRefused }) {
    Object.assign(this, { onRun, onLost, isAwaited, onRefused })
    this.known = new Map()
    this.onVisible = () => this.address && this.listen(this.address)
    document.addEventListener("visibilitychange", this.onVisible)
  }

  // Returns the newer of this view of a run and the known one. The page's data may be older than an event; after a
  // run has ended no further event would correct it.
  newest(run) {
    const known = this.known.get(run.id)
    if (known?.version > run.version) return known
    this.known.delete(run.id)
    this.known.set(run.id, run)
    if (this.known.size > KNOWN) this.known.delete(this.known.keys().next().value)
    return run
  }

  listen(address) {
    this.address = address
    // Browsers allow few connections to one host, so a hidden page closes its own.
    const wanted = document.visibilityState === "visible" ? address : undefined
    if (this.listening === wanted) return
    this.stop()
    this.listening = wanted
    if (!wanted) return
    const events = (this.events = new EventSource(wanted))
    events.onopen = () => this.onLost(false)
    events.onmessage = event => events === this.events && this.onRun(this.newest(JSON.parse(event.data)))
    events.onerror = () => {
      if (events !== this.events) return
      this.onLost(this.isAwaited())
      // The browser retries a broken connection, but not a refused one.
      if (events.readyState === EventSource.CLOSED) this.refused()
    }
  }

  refused() {
    this.stop()
    this.timer = setTimeout(() => {
      if (!this.isAwaited()) return // the page's next rerun opens a new channel
      this.onRefused()
      this.listen(this.address)
    }, AGAIN_MS)
  }

  stop() {
    clearTimeout(this.timer)
    this.events?.close()
    this.events = this.listening = undefined
  }

  remove() {
    document.removeEventListener("visibilitychange", this.onVisible)
    this.stop()
  }
}

// What all that show a run do alike. They have a `root`, and of its head `status`, `clock`, `bar`, `cancel` and `note`;
// they `show` a run, `finish` when it has ended, and `tick` as time goes by.
class RunPanel {
  follow() {
    this.ticker = setInterval(() => this.tick(), 250)
    this.asking = new Asking()
    this.follower = new Follower({
      onRun: run => { this.show(run); this.finish() },
      onLost: lost => this.setLost(lost),
      isAwaited: () => Boolean(this.run && !this.run.ended),
      onRefused: () => this.tell("ended", this.run.id),
    })
  }

  listen({ data, setTriggerValue }) {
    this.tell = setTriggerValue
    this.whose = data.whose
    this.cancel.onclick = () => {
      this.cancel.disabled = true
      this.cancel.textContent = "Cancelling"
      this.tell("cancel", this.run.id)
    }
    this.follower.listen(data.events)
  }

  // Without a run the page's layout leaves out the element that Streamlit put around this one; see page_layout.css.
  showFrame(isShown) {
    this.root.hidden = !isShown
    this.root.getRootNode().host?.closest('[class*="st-key-"]')?.toggleAttribute("data-empty", !isShown)
  }

  offerCancel() {
    this.cancel.disabled = false
    this.cancel.textContent = "Cancel"
  }

  setLost(lost) {
    this.lost = lost
    if (!lost) this.offerCancel() // what was pressed while the connection was cut never came to the server
    this.tick()
  }

  // `words` say how far the run is, by its state; `skew` is how far this clock is before the server's.
  drawHead(run, words) {
    const now = Date.now() / 1000 - this.skew
    const elapsed = Math.max(0, (run.finished || now) - (run.started || run.created))
    setText(this.status, words[run.state] || run.state)
    const whose = this.whose?.id === run.id ? this.whose : { owner: "", mayCancel: true } // just started: one's own
    const seconds = run.state === "queued" ? "" : `${elapsed < 10 && run.finished ? elapsed.toFixed(1) : Math.floor(elapsed)} s`
    setText(this.clock, [seconds, whose.owner].filter(Boolean).join(" · "))
    let note = run.waiting || ""
    if (run.retry) note = `${run.retry.reason} Trying again in ${Math.max(0, Math.ceil(run.retry.until - now))} s.`
    if (this.lost) note = LOST
    setText(this.note, note)
    this.note.hidden = !note
    this.cancel.hidden = run.ended || !whose.mayCancel
    this.bar.classList.toggle("over", run.ended)
    this.root.dataset.state = run.state
  }

  // Scroll once to a run that was just started or chosen, and to the run of a link that opens low in the window or
  // below it, as on a phone. Do not scroll to a run that a page opens with otherwise.
  reveal(run) {
    if (this.revealed === run.id) return
    this.revealed = run.id
    const box = this.head.getBoundingClientRect()
    const isLinked = this.isLink && box.top > window.innerHeight * 0.6
    if ((run.ended && !this.wasDrawn && !isLinked) || (box.top >= 0 && box.bottom <= window.innerHeight * 0.5)) return
    this.root.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" })
  }

  remove() {
    clearInterval(this.ticker)
    this.asking.done()
    this.follower.remove()
  }
}
