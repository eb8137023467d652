//! nginx with `auth_request` in front of a portal, as an operator sets it up.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::browser::Browser;
use crate::machine::{Port, Process, tail, wait_for};

/// A running nginx: a guarded portal, which answers with the `Remote-…` headers that reached it, a line each.
#[derive(Debug)]
pub struct Nginx {
    process: Process,
    port: Port,
    _portal: Port,
    home: TempDir,
}

impl Nginx {
    /// Guards a portal with the forward-auth of the Doorward at `doorward`. `host` is the workspace's host with port, as
    /// Doorward knows it; nginx answers to any.
    ///
    /// # Panics
    /// When nginx is not on this machine (`cargo xtask setup` installs it) or refuses its configuration.
    pub async fn start(doorward: SocketAddr, host: &str) -> Self {
        let home = tempfile::Builder::new()
            .prefix("doorward-nginx-")
            .tempdir()
            .expect("a temporary folder");
        let (port, portal) = (Port::take(), Port::take());
        let folder = home.path().display();
        let configuration = format!(
            r#"
{user}worker_processes 1;
error_log {folder}/error.log info;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {portal};
        default_type text/plain;
        location / {{ return 200 "user=$http_remote_user\nemail=$http_remote_email\nname=$http_remote_name\ngroups=$http_remote_groups\n"; }}
    }}
    server {{
        listen {listen};
        location / {{
            auth_request /_doorward;
            auth_request_set $doorward_user $upstream_http_remote_user;
            auth_request_set $doorward_email $upstream_http_remote_email;
            auth_request_set $doorward_name $upstream_http_remote_name;
            auth_request_set $doorward_groups $upstream_http_remote_groups;
            auth_request_set $doorward_sign_in $upstream_http_location;
            error_page 401 = @sign_in;
            proxy_set_header Remote-User $doorward_user;
            proxy_set_header Remote-Email $doorward_email;
            proxy_set_header Remote-Name $doorward_name;
            proxy_set_header Remote-Groups $doorward_groups;
            proxy_pass http://{portal};
        }}
        location = /_doorward {{
            internal;
            proxy_pass http://{doorward}/api/v1/forward-auth;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Host {host};
            proxy_set_header X-Original-URL $scheme://{host}$request_uri;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
        location @sign_in {{ return 302 $doorward_sign_in; }}
    }}
}}
"#,
            user = if is_root() { "user root;\n" } else { "" },
            portal = portal.address(),
            listen = port.address(),
        );
        let file = home.path().join("nginx.conf");
        fs::write(&file, configuration).expect("a configuration can be written");
        let program = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from);
        let program = program.into_iter().find(|program| program.is_file());
        let program = program.expect("nginx is not on this machine: `cargo xtask setup` installs it");
        let mut command = Command::new(program);
        let log = home.path().join("error.log");
        let errors = fs::File::create(home.path().join("start.log")).expect("a log can be written");
        command
            .arg("-p")
            .arg(home.path())
            .arg("-e")
            .arg(&log)
            .arg("-c")
            .arg(&file);
        // One process, so that ending it by its id ends all of it.
        command
            .args(["-g", "daemon off; master_process off;"])
            .stdout(Stdio::null())
            .stderr(errors);
        let mut nginx = Self {
            process: Process::start("nginx", &mut command),
            port,
            _portal: portal,
            home,
        };
        let address = nginx.address();
        let started = nginx.home.path().join("start.log");
        let process = std::cell::RefCell::new(&mut nginx.process);
        wait_for("nginx to listen", Duration::from_secs(10), || async {
            let ended = process.borrow_mut().ended();
            assert!(
                ended.is_none(),
                "nginx ended with {ended:?}: {}{}",
                tail(&started, 20),
                tail(&log, 20)
            );
            tokio::net::TcpStream::connect(address).await.ok()
        })
        .await;
        nginx
    }

    /// Where the guarded portal listens.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The same person's browser, now asking the guarded portal.
    pub fn browser(&self, of: &Browser) -> Browser {
        let mut browser = of.clone();
        browser.at_node(self.address());
        browser
    }

    /// What nginx has complained about.
    pub fn log(&self) -> String {
        tail(&self.home.path().join("error.log"), 200)
    }
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
