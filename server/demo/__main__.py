from server.demo.command import demo

demo()
