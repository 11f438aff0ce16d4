// The desk: says two minutes before that the sign-in ends by lying idle, and keeps a half-filled decision whose page is left; whole
// numbers are masked when either has come. Without it
// the line at the foot tells the time, and the server keeps what is sent too late. All tabs of a browser have one sign-in: a later
// end that one of them hears of, or that it has signed out, the others find in the browser's storage.
(function () {
  var box = document.querySelector('[data-left]'), form = document.querySelector('[data-keep]'), line = document.querySelector('[data-until]');
  var page = document.body.getAttribute('data-self'), key = 'yx-desk-ends', warn = 120000, ends = 0, before, begun, sent, last = false, born = Date.now();
  function part(name, yes) { box.querySelector('[data-' + name + ']').hidden = !yes; }
  function shared() { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch (e) { return {}; } }
  function lasts(seconds, until) {
    ends = Date.now() + seconds * 1000;
    if (until) line.textContent = until;
    try { localStorage.setItem(key, JSON.stringify({ ends: ends, until: line.textContent })); } catch (e) { /* this tab alone knows */ }
  }
  function mask() {
    [].forEach.call(document.querySelectorAll('[data-masked]'), function (e) { e.textContent = e.getAttribute('data-masked'); });
    [].forEach.call(document.querySelectorAll('[data-whole]'), function (e) { e.hidden = true; });
  }
  function gone() {
    ends = Date.now();
    try { localStorage.setItem(key, JSON.stringify({ gone: ends })); } catch (e) { /* this tab alone knows */ }
  }
  function draw() {
    var other = shared(), left, soon;
    if (other.gone > born) ends = Math.min(ends, other.gone);
    // More than a whole spell ahead is of another clock.
    if (other.ends > ends && other.ends - Date.now() <= box.getAttribute('data-most') * 1000) { ends = other.ends; line.textContent = other.until; }
    left = ends - Date.now(); soon = left > 0 && left <= warn;
    box.classList.toggle('yx-idle--shown', left <= warn);
    if (left <= 0) mask();
    part('soon', soon && !last); part('last', soon && last); part('go', soon && !last); part('over', left <= 0);
  }
  function keep() {
    var data;
    if (!form || !begun || sent || !navigator.sendBeacon) return;
    data = new FormData(form); data.append('quiet', '1');
    begun = !navigator.sendBeacon(form.getAttribute('data-keep'), data);
  }
  function awake() {
    keep();
    fetch(box.getAttribute('data-awake'), { credentials: 'same-origin', cache: 'no-store', redirect: 'manual' }).then(function (r) {
      if (!r.ok) { if (r.type === 'opaqueredirect') { gone(); draw(); } return; }
      return r.json().then(function (now) {
        last = now.left * 1000 <= warn; // nothing prolongs the ten hours
        lasts(now.left, now.until); draw();
        if (before && !last) before.focus();
      });
    }).catch(function () { /* no line to the portal: the button stands there still */ });
  }
  // What answers a form stands in the history as the page that it belongs to: Back and reload ask for that, and send nothing again.
  if (page && page !== location.pathname + location.search) history.replaceState(null, '', page);
  if (form) {
    begun = form.querySelector('input:checked, input[type=hidden][name^=item]');
    form.addEventListener('input', function () { begun = true; });
    form.addEventListener('submit', function () { sent = true; });
    addEventListener('pageshow', function () { sent = false; });
    addEventListener('beforeunload', keep); // earlier, so that a reload finds it
    addEventListener('pagehide', keep);
  }
  addEventListener('pagehide', mask); // the browser may keep the page for Back
  if (!box) return;
  document.addEventListener('focusin', function (e) { if (!box.contains(e.target)) before = e.target; });
  box.querySelector('[data-go]').addEventListener('click', awake);
  lasts(+box.getAttribute('data-left'));
  draw();
  setInterval(draw, 1000);
  addEventListener('storage', draw); // at once
  document.querySelector('form[action="/staff/signout"]').addEventListener('submit', gone);
})();
