// A pressed button with data-once rests until the answer comes, so that a second tap sends nothing. The server does not rely on it
// (forms carry one-time keys). The delay lets the button's own name and value travel with the form. An error summary takes the focus.
// A page that answers a form takes the address that GET shows: going back to it, or reloading it, would otherwise ask whether to send the
// form again, and inside WeChat nobody can answer that.
(function () {
  var summary = document.querySelector('.govuk-error-summary'), self = document.body.getAttribute('data-self');
  if (document.body.hasAttribute('data-posted')) history.replaceState(null, '', self);
  function rest(yes) {
    var buttons = document.querySelectorAll('[data-once]');
    for (var i = 0; i < buttons.length; i++) buttons[i].disabled = yes;
  }
  document.addEventListener('submit', function () {
    setTimeout(rest, 0, true);
    setTimeout(rest, 10000, false);
  });
  // A page from the back cache may be another person's, or long past: it is asked for anew, by the address that answers GET.
  addEventListener('pageshow', function (e) {
    rest(false);
    if (e.persisted) location.replace(self || location.href);
  });
  if (summary) summary.focus();
})();
