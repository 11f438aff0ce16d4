// Server time on the code page, whatever the phone says. The page is whole without it: the time of rendering stands in the HTML.
(function () {
  var shown, start, opened;
  function two(n) { return (n < 10 ? '0' : '') + n; }
  function tick() {
    var el = document.querySelector('[data-clock]'), d;
    if (!el) return;
    if (el !== shown) { // code.js has put a new card in: its time counts from now on
      shown = el; start = Date.parse(el.getAttribute('datetime')); opened = performance.now();
    }
    d = new Date(start + performance.now() - opened + 8 * 36e5); // Asia/Shanghai
    el.textContent = two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + ':' + two(d.getUTCSeconds());
  }
  setInterval(tick, 1000);
  tick();
})();
