// Makes a chosen photo smaller (1600 px, JPEG) before it is sent: a phone's photo of 8 MB takes a minute on a weak network. Without
// this script, or when anything fails, the photo goes as it is and the server does the same.
(function () {
  var input = document.querySelector('input[type=file][data-shrink]'), limit = 1600;
  if (!input || !window.DataTransfer || !HTMLCanvasElement.prototype.toBlob) return;
  input.addEventListener('change', function () {
    var file = input.files[0], url, img;
    if (!file || !/^image\/(jpeg|png)$/.test(file.type) || file.size < 600000) return;
    img = new Image();
    url = URL.createObjectURL(file);
    img.onload = function () {
      var scale = Math.min(1, limit / Math.max(img.width, img.height)), c = document.createElement('canvas');
      c.width = Math.round(img.width * scale); c.height = Math.round(img.height * scale);
      c.getContext('2d').drawImage(img, 0, 0, c.width, c.height);
      URL.revokeObjectURL(url);
      c.toBlob(function (blob) {
        if (!blob || blob.size >= file.size || input.files[0] !== file) return;
        try {
          var dt = new DataTransfer();
          dt.items.add(new File([blob], 'photo.jpg', { type: 'image/jpeg', lastModified: file.lastModified }));
          input.files = dt.files;
        } catch (e) { /* old WebView: the photo goes as it is */ }
      }, 'image/jpeg', 0.85);
    };
    img.src = url;
  });
})();
