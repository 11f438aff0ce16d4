// The fields that only some kinds of documents need come as soon as the kind is chosen; what was typed into them before stays. Without
// this script, or when no answer comes, they come with the next page.
(function () {
  var kind = document.getElementById('document_kind'), box = document.querySelector('[data-kind]');
  if (!kind || !box || !window.fetch || !window.DOMParser) return;
  kind.addEventListener('change', function () {
    var asked = kind.value;
    fetch(box.getAttribute('data-kind') + '?kind=' + encodeURIComponent(asked), { credentials: 'same-origin', cache: 'no-store' }).then(function (r) {
      if (!r.ok || r.redirected) throw r;
      return r.text();
    }).then(function (html) {
      var come = new DOMParser().parseFromString(html, 'text/html').querySelector('[data-kind]'), typed = {}, fields = box.querySelectorAll('[name]'), i;
      if (!come || kind.value !== asked) return;
      for (i = 0; i < fields.length; i++) typed[fields[i].name] = fields[i].value;
      box.innerHTML = come.innerHTML;
      fields = box.querySelectorAll('[name]');
      for (i = 0; i < fields.length; i++) if (typed[fields[i].name]) fields[i].value = typed[fields[i].name];
    }).catch(function () { /* they come with the next page */ });
  });
})();
