// Renews what stands in [data-renew] (the QR and its clock) from the address there, every 60 seconds. After 60 seconds without an
// answer the code is hidden and [data-stale] shown instead: an old code must not look alive. The server answers 205 when the state is
// another one than the page shows.
(function () {
  var box = document.querySelector('[data-renew]'), note = document.querySelector('[data-stale]'), every = 60000;
  var ticks = 0, wall = Date.now() - performance.now(); // of the last answer; at first, when the page was asked for
  if (!box) return;
  // performance.now() may stand still while a phone sleeps, the wall clock may be set: the older age counts.
  function age() { return Math.max(performance.now() - ticks, Date.now() - wall); }
  function stale(yes) { box.hidden = yes; if (note) note.hidden = !yes; }
  function renew() {
    fetch(box.getAttribute('data-renew'), { credentials: 'same-origin', cache: 'no-store' }).then(function (r) {
      if (r.status === 205 || r.status === 401 || r.redirected) { location.reload(); return; }
      if (!r.ok) throw r;
      return r.text().then(function (html) {
        box.innerHTML = html; ticks = performance.now(); wall = Date.now(); stale(false);
      });
    }).catch(function () { if (age() >= every) stale(true); });
  }
  setInterval(function () {
    if (age() >= every) renew();
    if (age() >= every + 5000) stale(true);
  }, 5000);
  addEventListener('online', renew);
  document.addEventListener('visibilitychange', function () { if (!document.hidden && age() >= every) { stale(true); renew(); } });
})();
