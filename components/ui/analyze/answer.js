// The answer to a question about pictures: the conversation so far, and the words as they arrive over the page's
// own event stream, without a rerun of the page.

const answers = new WeakMap()

class AnswerView extends RunPanel {
  constructor(root) {
    super()
    this.root = root
    this.head = root.querySelector(".head")
    this.status = this.head.querySelector(".status")
    this.clock = this.head.querySelector(".clock")
    this.bar = this.head.querySelector(".bar")
    this.cancel = this.head.querySelector(".cancel")
    this.copy = this.head.querySelector(".copy")
    this.note = root.querySelector(".note")
    this.pictures = root.querySelector(".pictures")
    this.turns = root.querySelector(".turns")
    this.question = root.querySelector(".question")
    this.answer = root.querySelector(".answer")
    this.link = this.head.querySelector(".link")
    copies(this.copy, () => this.text, root)
    copies(this.link, () => new URL(`/analyze?run=${this.run.id}`, location.href).href, root)
    this.follow()
  }

  update(component) {
    const { data } = component
    this.data = data
    this.listen(component)
    this.drawn = data.run?.ended ? data.run.id : undefined
    this.show(data.run && this.follower.newest(data.run))
    if (data.run) this.frame()
    this.finish()
  }

  // What belongs to the run that Python drew: its pictures and the turns before it.
  frame() {
    const key = JSON.stringify([this.data.run.id, this.data.pictures, this.data.turns])
    if (key === this.framed) return
    this.framed = key
    this.showPictures(false)
    this.turns.replaceChildren(...this.data.turns.flatMap(turn => {
      const said = made("div", undefined, "answer")
      drawMarkdown(said, turn.blocks)
      return [made("p", turn.question, "question"), said]
    }))
  }

  // `asked`: somebody wants to see the images that stand elsewhere.
  showPictures(asked) {
    const elsewhere = this.data.pictures.flatMap(picture => picture.url || [])
    this.pictures.replaceChildren(...this.data.pictures.map(({ src, url, name }) => {
      if (url && !asked && !isInline(url)) return made("span", url, "gone")
      return addressImage(src || url, name, () => made("span", "not shown: " + name, "gone"))
    }))
    const button = asked ? undefined : showButton(elsewhere, () => this.showPictures(true), "plain")
    if (button) this.pictures.append(button)
  }

  show(run) {
    this.root.hidden = !run
    if (!run) return void (this.run = undefined)
    if (!this.run || this.run.id !== run.id) this.offerCancel()
    if (this.data.run?.id !== run.id && this.framed) {
      // The run was begun a moment ago and the page is not drawn yet: nothing of the one before may stand there.
      this.framed = ""
      this.pictures.replaceChildren()
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
  }

  // Once a run has ended, Python draws what belongs to its end. Only of the run that it drew before: while it still
  // draws the page for a new run, the address is that of the old one, and asking would bring that back.
  finish() {
    const run = this.run
    if (!run?.ended || this.data.run?.id !== run.id || this.drawn === run.id) return this.asking.done()
    this.asking.ask(run.id, () => this.tell("ended", run.id))
  }

  tick() {
    const run = this.run
    if (!run) return
    this.drawHead(run, {
      queued: "Waiting", running: run.text ? "Answering" : "Looking", done: "Answered", failed: run.text ? "Broke off" : "Failed",
      cancelled: "Cancelled", interrupted: "Interrupted",
    })
    this.copy.hidden = this.link.hidden = !run.ended || !run.text
    this.bar.classList.toggle("busy", !run.ended)
  }
}

// An answer and what continues it, joined as the server joins them.
function joined(before, after) {
  const gap = before && /^[\p{L}\p{N}]/u.test(after) && !/\s$/.test(before) ? " " : ""
  return before + gap + after
}

export default function (component) {
  const root = component.parentElement.querySelector(".reply")
  let view = answers.get(root)
  if (!view) answers.set(root, (view = new AnswerView(root)))
  view.update(component)
  return () => { view.remove(); answers.delete(root) }
}
