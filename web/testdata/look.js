// What the tests ask of a page in a real browser, beside axe. Each function answers lines of text, none if all is well.
const refused = [];
addEventListener('securitypolicyviolation', e => refused.push('policy ' + e.effectiveDirective + ': ' + e.blockedURI));

const look = (() => {
  const say = e => e.outerHTML.replace(/\s+/g, ' ').slice(0, 160);
  const shown = e => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.govuk-visually-hidden, .govuk-skip-link, [hidden]');

  // Pieces of visible text with the boxes that they fill.
  function pieces() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    for (let n; (n = walker.nextNode());) {
      const e = n.parentElement;
      if (!n.data.trim() || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION', 'PROGRESS'].includes(e.tagName) || !shown(e)) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      found.push({ node: n, of: e, boxes: [...range.getClientRects()].filter(b => b.width > 1 && b.height > 1) });
    }
    return found;
  }

  const number = s => (s.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);

  // Colour of the ground below an element; null where a picture or a pattern is.
  function ground(e) {
    for (; e; e = e.parentElement) {
      const s = getComputedStyle(e), [r, g, b, a = 1] = number(s.backgroundColor);
      if (s.backgroundImage !== 'none') return null;
      if (a > 0.99) return [r, g, b];
      if (a > 0) return null;
    }
    return [255, 255, 255];
  }

  return {
    // Text that has nearly the colour of its ground: axe does not speak of it.
    faint: () => pieces().flatMap(p => {
      const on = ground(p.of), ink = number(getComputedStyle(p.of).color);
      if (!on) return [];
      const [a, b] = [light(ink), light(on)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
      return ratio < 4.4 && !p.of.closest('[disabled]') ? ['text 1:' + ratio.toFixed(1) + ' on its ground: ' + say(p.of)] : [];
    }),

    // What stands out at the side, what is cut off, and text on text. Tables scroll in a box of their own.
    crooked: width => {
      const out = [], all = pieces();
      if (document.scrollingElement.scrollWidth > width) {
        const widest = [...document.body.querySelectorAll('*')].filter(e => !e.closest('.yx-scroll')).reduce((a, b) => b.getBoundingClientRect().right >= a.getBoundingClientRect().right ? b : a);
        out.push(document.scrollingElement.scrollWidth + ' pixels wide: ' + say(widest));
      }
      const clips = new Map(); // what stands around each element: the same for all text in it
      const clip = e => {
        if (!clips.has(e)) {
          const x = getComputedStyle(e).overflowX;
          clips.set(e, { scrolls: x === 'auto' || x === 'scroll', box: x === 'visible' ? null : e.getBoundingClientRect() });
        }
        return clips.get(e);
      };
      for (const p of all) {
        for (let e = p.of; e && e !== document.body; e = e.parentElement) {
          const { scrolls, box } = clip(e);
          if (scrolls) break;
          if (box && p.boxes.some(b => b.right > box.right + 1 || b.bottom > box.bottom + 1 || b.left < box.left - 1)) { out.push('cut off: ' + say(p.of)); break; }
        }
      }
      const boxes = all.flatMap(p => p.boxes.map(b => ({ p, top: b.top + b.height * 0.2, bottom: b.bottom - b.height * 0.2, left: b.left + 1, right: b.right - 1 })));
      boxes.sort((a, b) => a.top - b.top);
      for (let i = 0; i < boxes.length; i++) {
        for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j++) {
          const a = boxes[i], b = boxes[j];
          if (a.p !== b.p && a.left < b.right && b.left < a.right && out.length < 5) out.push('text on text: ' + say(a.p.of) + ' and ' + say(b.p.of));
        }
      }
      return out;
    },

    // What takes the focus without showing it, while the colours are the reader's own.
    unseen: () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].flatMap(e => {
      if (e.type === 'hidden' || e.disabled || !e.checkVisibility()) return [];
      e.focus();
      const shows = [e, ...(e.labels || [])].some(x => { const s = getComputedStyle(x); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && number(s.outlineColor)[3] !== 0; });
      return shows ? [] : ['focus is not seen on ' + say(e)];
    }),

    // Shapes whose mark has nearly the colour of the shape.
    blind: () => [...document.querySelectorAll('.yx-shape')].flatMap(e => {
      const mark = e.querySelector('.yx-shape__mark');
      if (!mark || !shown(e)) return [];
      const [a, b] = [light(number(getComputedStyle(e.querySelector('path')).fill)), light(number(getComputedStyle(mark).stroke))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05) < 3 ? ['a shape without its mark in ' + say(e.parentElement)] : [];
    }),

    // What a sheet of paper shows that nobody can press on paper.
    pressable: () => [...document.querySelectorAll('form, button, input, select, textarea, nav, header, footer, .govuk-button, .yx-qr')]
      .filter(e => e.type !== 'hidden' && e.checkVisibility() && e.getBoundingClientRect().height > 1).map(e => 'on paper: ' + say(e)),

    // Targets too small for a thumb. Links within a sentence are as tall as its line; main targets are what a page is for.
    small: (least, main) => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].flatMap(e => {
      if (e.type === 'hidden' || !shown(e)) return [];
      let { width, height } = e.getBoundingClientRect();
      for (const l of e.labels || []) { // ticking a label ticks its box
        const b = l.getBoundingClientRect();
        if (e.type === 'radio' || e.type === 'checkbox') { width = Math.max(width, b.width); height = Math.max(height, b.height); }
      }
      const inline = e.tagName === 'A' && getComputedStyle(e).display === 'inline';
      if (inline) return [];
      const need = e.matches('main .govuk-button, .yx-tiles a, .yx-rows a') ? main : least;
      return width < need - 0.5 || height < need - 0.5 ? ['a target of ' + Math.round(width) + ' × ' + Math.round(height) + ', not ' + need + ': ' + say(e)] : [];
    })
  };
})();
