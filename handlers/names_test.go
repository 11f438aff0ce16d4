package handlers

import (
	"bytes"
	"testing"
)

func TestNamesOnAnEnglishPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ page, want string }{
		{``, ``},
		{`<html lang="en"><p class="x">Plain</p></html>`, `<html lang="en"><p class="x">Plain</p></html>`},
		{`<p>In 海曙区, with 张*明</p>`, `<p>In <span lang="zh-CN">海曙区</span>, with <span lang="zh-CN">张*明</span></p>`},
		{`<p>5 * 3 海*</p>`, `<p>5 * 3 <span lang="zh-CN">海</span>*</p>`},
		{`<p>林**明<br>B</p>`, `<p><span lang="zh-CN">林**明</span><br>B</p>`},
		{`<title>鼓楼 - Yongxing</title>`, `<title>鼓楼 - Yongxing</title>`},
		{`<textarea id="a">鼓楼</textarea>`, `<textarea id="a">鼓楼</textarea>`},
		{`<select><option value="1">鼓楼街道</option><option>Haishu</option></select>`, `<select><option value="1" lang="zh-CN">鼓楼街道</option><option>Haishu</option></select>`},
		{`<p lang="zh-CN">一<p>二</p>三</p>四`, `<p lang="zh-CN">一<p>二</p>三</p><span lang="zh-CN">四</span>`},
		{`<a lang="zh-CN" href="/">中文</a> <b title="名">名</b>`, `<a lang="zh-CN" href="/">中文</a> <b title="名"><span lang="zh-CN">名</span></b>`},
	} {
		var got bytes.Buffer
		markNames(&got, []byte(c.page))
		if got.String() != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.page, &got, c.want)
		}
	}
}
