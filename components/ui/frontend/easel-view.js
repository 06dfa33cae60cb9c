// What is seen of a zoomed picture. Another zoom shows the same place of it in the middle.

class View {
  constructor(scroll) {
    this.scroll = scroll
    this.observer = new ResizeObserver(() => this.keep())
    this.observer.observe(scroll.firstElementChild)
    scroll.addEventListener("scroll", () => this.look())
  }

  look() {
    const { scroll } = this
    this.width = scroll.scrollWidth
    this.height = scroll.scrollHeight
    this.x = scroll.scrollLeft + scroll.clientWidth / 2
    this.y = scroll.scrollTop + scroll.clientHeight / 2
  }

  keep() {
    const { scroll, width, height, x, y } = this
    if (width && (width !== scroll.scrollWidth || height !== scroll.scrollHeight)) {
      scroll.scrollTo((x * scroll.scrollWidth) / width - scroll.clientWidth / 2, (y * scroll.scrollHeight) / height - scroll.clientHeight / 2)
    }
    this.look()
  }

  remove() {
    this.observer.disconnect()
  }
}
