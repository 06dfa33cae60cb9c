// What is seen of a zoomed picture. Another zoom shows the same place of it in the middle, and so does the picture when
// it is put up again; at first it is the picture's own middle.

const places = new Map() // of each canvas: which share of its width and height is in the middle

class View {
  constructor(scroll, name) {
    this.scroll = scroll
    this.name = name
    this.observer = new ResizeObserver(() => this.keep())
    this.observer.observe(scroll.firstElementChild)
    scroll.addEventListener("scroll", () => this.look())
  }

  look() {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = this.scroll
    if (!scrollWidth || scrollWidth !== this.width) return // it is being resized
    places.set(this.name, [(scrollLeft + clientWidth / 2) / scrollWidth, (scrollTop + clientHeight / 2) / scrollHeight])
  }

  keep() {
    const { scroll } = this
    const [x, y] = places.get(this.name) ?? [0.5, 0.5]
    this.width = scroll.scrollWidth
    scroll.scrollTo(x * scroll.scrollWidth - scroll.clientWidth / 2, y * scroll.scrollHeight - scroll.clientHeight / 2)
  }

  remove() {
    this.observer.disconnect()
  }
}
