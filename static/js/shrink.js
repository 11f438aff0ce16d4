// Makes a chosen photo smaller (1600 px, JPEG) before it is sent: a phone's photo of 8 MB takes a minute on a weak network. It is decoded
// without an <img>, which the page's policy would refuse for a file of the phone. Without this script, on a browser that cannot do this
// upright, or when anything fails, the photo goes as it is and the server does the same.
(function () {
  var input = document.querySelector('input[type=file][data-shrink]'), limit = 1600;
  if (!input || !window.DataTransfer || !window.createImageBitmap || !HTMLCanvasElement.prototype.toBlob) return;
  function asItIs() { /* the photo goes as it is */ }
  function shrink(file, bitmap) {
    var scale = Math.min(1, limit / Math.max(bitmap.width, bitmap.height)), c = document.createElement('canvas');
    c.width = Math.round(bitmap.width * scale); c.height = Math.round(bitmap.height * scale);
    c.getContext('2d').drawImage(bitmap, 0, 0, c.width, c.height);
    bitmap.close();
    c.toBlob(function (blob) {
      if (!blob || blob.size >= file.size || input.files[0] !== file) return;
      try {
        var dt = new DataTransfer();
        dt.items.add(new File([blob], 'photo.jpg', { type: 'image/jpeg', lastModified: file.lastModified }));
        input.files = dt.files;
      } catch (e) { asItIs(); }
    }, 'image/jpeg', 0.85);
  }
  input.addEventListener('change', function () {
    var file = input.files[0];
    if (!file || !/^image\/(jpeg|png)$/.test(file.type) || file.size < 600000) return;
    try {
      createImageBitmap(file, { imageOrientation: 'from-image' }).then(function (bitmap) { shrink(file, bitmap); }).catch(asItIs);
    } catch (e) { asItIs(); }
  });
})();
