# tries: stop
# about: displays HTML and JavaScript, to run in the browser of whoever grades or reads feedback

from IPython.display import HTML, Javascript, Markdown, SVG, display

script = "<script>document.title = 'pwned'</script><img src=x onerror=\"document.title='pwned'\">"
display(HTML(script), Javascript("document.title = 'pwned'"), Markdown(script),
        SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>document.title = 'pwned'</script></svg>"))
display({"image/png": '"><script>document.title = "pwned"</script>', "text/latex": script}, raw=True)
print(script)
raise ValueError(script)
