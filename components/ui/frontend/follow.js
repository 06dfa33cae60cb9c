// Follows the run of a page by its channel, a stream of server-sent events. Put in front of the components that show one.

const LOST = "The connection to this page's server is lost. A run goes on as long as the server does; this page looks again by itself."
const AGAIN_MS = 1000

class Follower {
  // `told` gets a run after every change, `lost` whether the connection is. `isAwaited` says whether news is waited for
  // now; `forgotten` asks for the page to be drawn again, since only that opens a channel at a server that was started anew.
  constructor({ told, lost, isAwaited, forgotten }) {
    Object.assign(this, { told, lost, isAwaited, forgotten })
    this.onVisible = () => this.address && this.listen(this.address)
    document.addEventListener("visibilitychange", this.onVisible)
  }

  listen(address) {
    this.address = address
    // Browsers allow few connections to one host, so a page that nobody looks at gives its own up.
    const wanted = document.visibilityState === "visible" ? address : undefined
    if (this.listening === wanted) return
    this.stop()
    this.listening = wanted
    if (!wanted) return
    const events = (this.events = new EventSource(wanted))
    events.onopen = () => this.lost(false)
    events.onmessage = event => events === this.events && this.told(JSON.parse(event.data))
    events.onerror = () => {
      if (events !== this.events) return
      this.lost(this.isAwaited())
      // A broken connection is tried again by the browser, a refused one is not.
      if (events.readyState === EventSource.CLOSED) this.refused()
    }
  }

  refused() {
    this.stop()
    this.timer = setTimeout(() => {
      if (!this.isAwaited()) return // whatever the page does next draws it, with a new channel
      this.forgotten()
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
