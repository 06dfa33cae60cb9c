// The image with handles to drag its new borders out; what is checkered is new.

class ExtendFrame {
  constructor(root) {
    this.frame = new FrameBox(root, { done: box => this.finish(box) })
    this.drags = new PendingActs(acts => this.keep("acts", acts))
  }

  // A view from before the last drag is on its way here still; it does not move the box back.
  update({ data, setStateValue }) {
    this.keep = setStateValue
    this.drags.confirm(data.handled)
    if (this.frame.drag || this.drags.acts.length) return
    const { left, top, right, bottom } = data.borders
    const { src, width, height } = data
    this.size = [width, height]
    this.frame.show({ src, width, height, confine: "around", box: [-left, -top, width + right, height + bottom] })
  }

  finish(box) {
    const [left, top, right, bottom] = [-box[0], -box[1], box[2] - this.size[0], box[3] - this.size[1]]
    this.drags.push({ left, top, right, bottom })
  }

  remove() {
    this.frame.remove()
    this.drags.remove()
  }
}

export default mounting(".extend-frame", ExtendFrame)
