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

  // Let what lies under the pointer stay there when another zoom's canvas comes.
  hold({ clientX, clientY }) {
    const canvas = this.canvas.getBoundingClientRect()
    this.held = { clientX, clientY, x: (clientX - canvas.left) / canvas.width, y: (clientY - canvas.top) / canvas.height }
  }

  get canvas() {
    return this.scroll.querySelector(".canvas-container")
  }

  keep() {
    const { scroll, held } = this
    if (held && scroll.scrollWidth !== this.width) {
      this.width = scroll.scrollWidth
      this.held = undefined
      const canvas = this.canvas.getBoundingClientRect()
      return void scroll.scrollBy(canvas.left + held.x * canvas.width - held.clientX, canvas.top + held.y * canvas.height - held.clientY)
    }
    const [x, y] = places.get(this.name) ?? [0.5, 0.5]
    this.width = scroll.scrollWidth
    scroll.scrollTo(x * scroll.scrollWidth - scroll.clientWidth / 2, y * scroll.scrollHeight - scroll.clientHeight / 2)
  }

  remove() {
    this.observer.disconnect()
  }
}
