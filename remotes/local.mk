# remotes
