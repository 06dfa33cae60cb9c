// The images of the Compare page; base/browser/panes.js shows them.

class Comparison {
  constructor(root) {
    this.panes = new Panes(root, { wheel: true })
  }

  update({ data }) {
    this.panes.update(data.images)
  }

  remove() {
    this.panes.remove()
  }
}

export default mounting(".comparison", Comparison)
