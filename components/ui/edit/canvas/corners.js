// The corners of a polygon that is not closed yet. The canvas has them too but does not report them: a click sets a
// corner, a click on the first one closes the polygon, and a click on another removes that one.

const HANDLE = 11 // CSS pixels from a corner's middle to its edge

class Corners {
  constructor(adapter) {
    this.adapter = adapter
    this.places = []
  }

  forget() {
    this.places = []
    this.removed = undefined
  }

  down(event) {
    const box = this.adapter.surface.getBoundingClientRect()
    const place = { x: event.clientX - box.left, y: event.clientY - box.top }
    const hit = this.places.findLastIndex(one => Math.max(Math.abs(one.x - place.x), Math.abs(one.y - place.y)) <= HANDLE)
    this.removed = hit > 0 ? this.places[hit] : undefined
    if (hit > 0) this.places.splice(hit, 1)
    else if (hit < 0) this.places.push(place)
    else if (this.places.length > 2) this.forget()
  }

  close() {
    if (this.places.length > 2) this.adapter.click(this.places[0])
  }

  removeLast() {
    this.adapter.click(this.places.at(-1))
  }

  // The second click of a double click removed the corner that the first one set.
  double() {
    if (!this.removed) return
    this.adapter.click(this.removed)
    this.close()
  }
}
