// The visible part of a zoomed image. Another zoom, or the image shown again, keeps the same point in the middle; at first
// that is the image's own middle.

const places = new Map() // of each canvas: which share of its width and height is in the middle

class View {
  constructor(adapter, name) {
    const scroll = (this.scroll = adapter.scroll)
    this.adapter = adapter
    this.name = name
    this.observer = new ResizeObserver(() => this.keep())
    this.observer.observe(adapter.content)
    scroll.addEventListener("scroll", () => this.look())
  }

  look() {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = this.scroll
    if (!scrollWidth || scrollWidth !== this.width) return // it is being resized
    places.set(this.name, [(scrollLeft + clientWidth / 2) / scrollWidth, (scrollTop + clientHeight / 2) / scrollHeight])
  }

  // Let what lies under the pointer stay there when another zoom's canvas comes.
  hold({ clientX, clientY }) {
    const canvas = this.adapter.container.getBoundingClientRect()
    this.held = { clientX, clientY, x: (clientX - canvas.left) / canvas.width, y: (clientY - canvas.top) / canvas.height }
  }

  keep() {
    const { scroll, held } = this
    if (held && !this.adapter.container) return // between two canvases; the next one resizes the content again
    if (held && scroll.scrollWidth !== this.width) {
      this.width = scroll.scrollWidth
      this.held = undefined
      const canvas = this.adapter.container.getBoundingClientRect()
      scroll.scrollBy(canvas.left + held.x * canvas.width - held.clientX, canvas.top + held.y * canvas.height - held.clientY)
      return this.look() // at once: a further resize may come before the scroll event
    }
    const [x, y] = places.get(this.name) ?? [0.5, 0.5]
    this.width = scroll.scrollWidth
    scroll.scrollTo(x * scroll.scrollWidth - scroll.clientWidth / 2, y * scroll.scrollHeight - scroll.clientHeight / 2)
  }

  // Move the image with the pointer; `share` pointers move it together.
  pan(before, now, share) {
    this.scroll.scrollLeft -= (now.clientX - before.clientX) / share
    const [top, down] = [this.scroll.scrollTop, (before.clientY - now.clientY) / share]
    this.scroll.scrollTop += down
    if (down && this.scroll.scrollTop === top) this.page()?.scrollBy(0, down)
  }

  // What moves when the image is seen whole: on a phone it may fill the window.
  page() {
    let one = this.scroll.getRootNode().host
    while (one && !(one.scrollHeight > one.clientHeight && /auto|scroll/.test(getComputedStyle(one).overflowY))) one = one.parentElement
    return one
  }

  remove() {
    this.observer.disconnect()
  }
}
