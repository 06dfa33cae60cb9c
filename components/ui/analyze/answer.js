// The answer to a question about images: the conversation so far, and the words as they arrive over the page's
// own event stream, without a rerun of the page.

class AnswerView extends RunPanel {
  constructor(root) {
    super()
    this.root = root
    this.head = root.querySelector(".head")
    this.status = this.head.querySelector(".status")
    this.clock = this.head.querySelector(".clock")
    this.isRead = this.head.querySelector(".read-only")
    this.bar = this.head.querySelector(".bar")
    this.cancel = this.head.querySelector(".cancel")
    this.copy = this.head.querySelector(".copy")
    this.note = root.querySelector(".note")
    this.images = root.querySelector(".images")
    this.turns = root.querySelector(".turns")
    this.question = root.querySelector(".question")
    this.answer = root.querySelector(".answer")
    this.link = this.head.querySelector(".link")
    copies(this.copy, () => this.text, root)
    copies(this.link, () => new URL(`./analyze?run=${this.run.id}`, location.href).href, root)
    this.follow()
  }

  update(component) {
    const { data } = component
    this.data = data
    this.isLink = data.is_link
    this.isRead.title = data.readOnly
    this.isRead.hidden = !data.readOnly
    this.listen(component)
    this.drawn = data.run?.ended ? data.run.id : undefined
    this.show(data.run && this.follower.newest(data.run))
    if (data.run) this.frame()
    this.wasDrawn = true
    this.finish()
  }

  // Draw the images and earlier turns of the run that Python drew.
  frame() {
    const key = JSON.stringify([this.data.run.id, this.data.images, this.data.turns])
    if (key === this.framed) return
    this.framed = key
    this.showImages(false)
    this.turns.replaceChildren(...this.data.turns.flatMap(turn => {
      const said = made("div", undefined, "answer")
      drawMarkdown(said, turn.blocks)
      return [made("p", turn.question, "question"), said]
    }))
  }

  // `load`: the person chose to load images from other servers.
  showImages(load) {
    const remote = this.data.images.flatMap(image => image.url || [])
    this.images.replaceChildren(...this.data.images.map(({ src, url, name }) => {
      if (url && !load && !isInline(url)) return made("span", url, "placeholder")
      return addressImage(src || url, name, () => made("span", "not shown: " + name, "placeholder"))
    }))
    const button = load ? undefined : showButton(remote, () => this.showImages(true), "plain")
    if (button) this.images.append(button)
  }

  show(run) {
    this.showFrame(Boolean(run))
    if (!run) return void (this.run = undefined)
    if (!this.run || this.run.id !== run.id) this.offerCancel()
    if (this.data.run?.id !== run.id && this.framed) {
      // A run has just started and the page is not redrawn yet: clear the previous run's images and turns.
      this.framed = ""
      this.images.replaceChildren()
      this.turns.replaceChildren()
    }
    this.run = run
    this.skew = Date.now() / 1000 - run.now
    const shown = this.data.question ?? run.prompt
    setText(this.question, this.data.run?.id === run.id ? shown : run.prompt)
    const before = this.data.run?.id === run.id ? this.data.before || "" : ""
    this.text = joined(before, run.text)
    drawMarkdown(this.answer, run.blocks)
    this.answer.setAttribute("aria-busy", String(!run.ended))
    this.answer.classList.toggle("growing", !run.ended && Boolean(run.text))
    this.tick()
    if (!inSight(this.root)) this.reveal(run) // a follow-up is asked below the answer, and stays there
  }

  // When a run has ended, request a rerun, so that Python draws its ending. Only for the run that Python drew: during
  // the redraw for a new run the address still names the old one, and a rerun would bring that back.
  finish() {
    const run = this.run
    if (!run?.ended || this.data.run?.id !== run.id || this.drawn === run.id) return this.asking.done()
    this.asking.ask(run.id, () => this.tell("ended", run.id))
  }

  tick() {
    const run = this.run
    if (!run) return
    this.drawHead(run, {
      queued: "Waiting", running: run.text ? "Answering" : "Looking", done: "Answered", failed: run.text ? "Incomplete" : "Failed",
      cancelled: "Cancelled", interrupted: "Interrupted",
    })
    this.copy.hidden = this.link.hidden = !run.ended || !run.text
    this.bar.classList.toggle("busy", !run.ended)
  }
}

function inSight(element) {
  const box = element.getBoundingClientRect()
  return box.top < window.innerHeight && box.bottom > 0
}

// An answer and what continues it, joined as the server joins them.
function joined(before, after) {
  const gap = before && /^[\p{L}\p{N}]/u.test(after) && !/\s$/.test(before) ? " " : ""
  return before + gap + after
}

export default mounting(".reply", AnswerView)
