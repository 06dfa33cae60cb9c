// The corners of a polygon that is not closed yet. The canvas has them too but tells nobody: where one was clicked it
// sets a corner, on the first one it closes, on another it takes that one away.

const HANDLE = 11 // CSS pixels from a corner's middle to its edge

class Corners {
  constructor(canvas) {
    this.canvas = canvas
    this.places = []
  }

  forget() {
    this.places = []
    this.taken = undefined
  }

  down(event) {
    const box = this.canvas.getBoundingClientRect()
    const place = { x: event.clientX - box.left, y: event.clientY - box.top }
    const hit = this.places.findLastIndex(one => Math.max(Math.abs(one.x - place.x), Math.abs(one.y - place.y)) <= HANDLE)
    this.taken = hit > 0 ? this.places[hit] : undefined
    if (hit > 0) this.places.splice(hit, 1)
    else if (hit < 0) this.places.push(place)
    else if (this.places.length > 2) this.forget()
  }

  click({ x, y }) {
    const box = this.canvas.getBoundingClientRect()
    const where = { bubbles: true, cancelable: true, composed: true, clientX: box.left + x, clientY: box.top + y }
    for (const name of ["mousedown", "mouseup"]) this.canvas.dispatchEvent(new MouseEvent(name, where))
  }

  close() {
    if (this.places.length > 2) this.click(this.places[0])
  }

  // The second click of two took away the corner that the first one set.
  double() {
    if (!this.taken) return
    this.click(this.taken)
    this.close()
  }
}
