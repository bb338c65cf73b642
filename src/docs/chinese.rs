//! What the documents say in Chinese, beside the English of the program.

/// Each English text of the documents with its Chinese one.
pub(super) const CHINESE: &[(&str, &str)] = &[
    // Heads of tables, and small words.
    ("Always", "必有"),
    ("Argument", "参数"),
    ("Default", "默认值"),
    ("Field", "字段"),
    ("Flag", "命令行参数"),
    ("Meaning", "说明"),
    ("Needed", "必填"),
    ("Only of", "仅见于"),
    ("Order", "订单"),
    ("Variable", "环境变量"),
    ("What it is there for", "用途"),
    (" One of {}.", "取值为 {} 之一。"),
    (", ", "、"),
    ("none", "无"),
    ("yes", "是"),
    // Assistants.
    ("In {}:", "在{}："),
    ("Into {}:", "写入{}："),
    ("Or with one click: {}.", "或者一键安装：{}。"),
    ("add it to {}", "添加到 {}"),
    ("Other assistants", "其他助手"),
    (
        "`claude_desktop_config.json` (Settings → Developer → Edit Config): on macOS in `~/Library/Application \
         Support/Claude`, on Windows in `%APPDATA%\\Claude`",
        " `claude_desktop_config.json`（Settings → Developer → Edit Config）：macOS 上位于 `~/Library/Application \
         Support/Claude`，Windows 上位于 `%APPDATA%\\Claude`",
    ),
    (
        "a terminal: the command adds the server for all your projects",
        "终端中运行以下命令，它会为你的所有项目添加此服务器",
    ),
    (
        "`~/.cursor/mcp.json` (on Windows `%USERPROFILE%\\.cursor\\mcp.json`), or `.cursor/mcp.json` of a project",
        " `~/.cursor/mcp.json`（Windows 上为 `%USERPROFILE%\\.cursor\\mcp.json`），或项目中的 `.cursor/mcp.json`",
    ),
    (
        "`mcp.json` (the command `MCP: Open User Configuration`), or `.vscode/mcp.json` of a workspace",
        " `mcp.json`（用命令 `MCP: Open User Configuration` 打开），或工作区中的 `.vscode/mcp.json`",
    ),
    (
        "`~/.codex/config.toml` (on Windows `%USERPROFILE%\\.codex\\config.toml`)",
        " `~/.codex/config.toml`（Windows 上为 `%USERPROFILE%\\.codex\\config.toml`）",
    ),
    (
        "`~/.gemini/settings.json` (on Windows `%USERPROFILE%\\.gemini\\settings.json`)",
        " `~/.gemini/settings.json`（Windows 上为 `%USERPROFILE%\\.gemini\\settings.json`）",
    ),
    (
        "`~/.codeium/windsurf/mcp_config.json` (on Windows `%USERPROFILE%\\.codeium\\windsurf\\mcp_config.json`)",
        " `~/.codeium/windsurf/mcp_config.json`（Windows 上为 `%USERPROFILE%\\.codeium\\windsurf\\mcp_config.json`）",
    ),
    (
        "`~/.config/zed/settings.json` (on Windows `%APPDATA%\\Zed\\settings.json`)",
        " `~/.config/zed/settings.json`（Windows 上为 `%APPDATA%\\Zed\\settings.json`）",
    ),
    ("the assistant's list of MCP servers", "该助手的 MCP 服务器列表"),
    // Tools and their arguments.
    (
        "Start the payment of a pending Ace Data Cloud order and get its payment link. Charges nobody by itself, except with \
         `payment_signature`: the person pays by opening `pay_url` (or scanning it, for WeChat Pay). Show them `message`, then \
         do what `next_step` says. Does not create orders and does not wait. On an error with outcome `unknown`, call \
         check_order_status and do not pay again.",
        "为待支付的 Ace Data Cloud 订单发起支付，并取得支付链接。除非带有 `payment_signature`，它本身不会扣款：由用户打开 `pay_url` \
         付款（微信支付则为扫码）。请向用户展示 `message`，然后按 `next_step` 操作。它不创建订单，也不等待付款。若出错且 outcome 为 \
         `unknown`，请调用 check_order_status，不要再次支付。",
    ),
    (
        "Ask how an Ace Data Cloud order stands: pending, paid, finished. Never charges and is safe to repeat. Use it after \
         the person got the link, with `wait_seconds` 45 to wait for the payment, or when the outcome of pay_order is \
         unknown. Tell the person `message`, then do what `next_step` says.",
        "查询 Ace Data Cloud 订单的状态：待支付、已支付、已完成。它从不扣款，可以放心重复调用。用户拿到链接后使用，并将 \
         `wait_seconds` 设为 45 以等待付款；pay_order 的结果不明时也用它。请把 `message` 告诉用户，然后按 `next_step` 操作。",
    ),
    (
        "UUID of the order, e.g. a1b2c3d4-e5f6-7890-abcd-ef1234567890.",
        "订单的 UUID，例如 a1b2c3d4-e5f6-7890-abcd-ef1234567890。",
    ),
    (
        "UUID of the pending order, e.g. a1b2c3d4-e5f6-7890-abcd-ef1234567890.",
        "待支付订单的 UUID，例如 a1b2c3d4-e5f6-7890-abcd-ef1234567890。",
    ),
    (
        "How the person wants to pay; ask them. Leave out only for a free order. STRIPE: card page, USD; WECHATPAY: code to \
         scan, CNY; ALIPAY: page, CNY; X402: USDC, signed by a wallet; CARD: card page in place of Stripe.",
        "用户希望的支付方式，请先询问用户；仅免费订单可省略。STRIPE：银行卡付款页，美元；WECHATPAY：扫码支付，人民币；ALIPAY：付款页，\
         人民币；X402：USDC，由钱包签名；CARD：代替 Stripe 的银行卡付款页。",
    ),
    (
        "Add the link's QR code as a picture and as text. A WeChat link always comes with the picture.",
        "以图片和文本形式附上链接的二维码。微信支付链接总是附带图片。",
    ),
    (
        "Where the person pays: `native` (scan a code), `h5` (phone browser) or another of the platform's words. \
         Usually left out.",
        "用户在哪里付款：`native`（扫码）、`h5`（手机浏览器），或平台的其他取值。通常省略。",
    ),
    (
        "How many seconds to wait for the person to pay, 0 to 50; returns once the order is no longer Pending. Default 0.",
        "等待用户付款的秒数，0 到 50；订单一旦不再是 Pending 就立即返回。默认 0。",
    ),
    (
        "X402 only, and it moves money: the value of the PAYMENT-SIGNATURE (version 1: X-PAYMENT) header that the wallet made \
         from `x402`, base64. Never repeat or replace one whose outcome is unknown.",
        "仅用于 X402，且会转移资金：钱包根据 `x402` 生成的 PAYMENT-SIGNATURE（版本 1 为 X-PAYMENT）请求头的值，base64 编码。结果不明时，\
         切勿重复发送或更换签名。",
    ),
    // Results.
    ("The order's UUID.", "订单的 UUID。"),
    (
        "Pending, Paid, Finished, Expired, Failed, Refunded, or a newer one.",
        "Pending（待支付）、Paid（已支付）、Finished（已完成）、Expired（已过期）、Failed（失败）、Refunded（已退款），或平台新增的状态。",
    ),
    ("The money has arrived.", "款项已到账。"),
    ("No further change will come.", "状态不会再变化。"),
    ("What to do next.", "下一步该做什么。"),
    (
        "The call that comes next; absent when nothing is left to do.",
        "接下来该做的调用；无事可做时没有。",
    ),
    (
        "Tell the person this: what stands and what to do.",
        "请转告用户的话：当前情况以及该怎么做。",
    ),
    ("In a sandbox no money is real.", "在沙箱中没有真实的资金往来。"),
    ("ISO 8601.", "时间，ISO 8601 格式。"),
    ("Currency of the price, if stated.", "价格的币种，仅在平台给出时才有。"),
    ("Payment deadline, ISO 8601.", "支付截止时间，ISO 8601 格式。"),
    ("The payment provider's id.", "支付服务商的编号。"),
    (
        "Payment link for the person; only while Pending.",
        "供用户付款的链接；仅在 Pending 时才有。",
    ),
    (
        "STRIPE, WECHATPAY, ALIPAY, X402, CARD, or a newer one.",
        "STRIPE、WECHATPAY、ALIPAY、X402、CARD，或平台新增的支付方式。",
    ),
    ("Money due, an exact decimal.", "应付金额，精确的十进制数。"),
    ("File with the link's QR code.", "链接二维码的图片文件。"),
    (
        "The link's QR code in block characters.",
        "用方块字符画出的链接二维码。",
    ),
    ("What is bought.", "购买的服务。"),
    ("How long the call waited for a change.", "本次调用等待状态变化的秒数。"),
    (
        "X402 challenge for a wallet: `options` to read, in USDC; `accepts`, one of which it echoes unchanged.",
        "供钱包签名的 X402 质询：`options` 以 USDC 计价，供阅读；钱包须从 `accepts` 中选取一项原样返回。",
    ),
    ("Proof of the X402 payment.", "X402 支付的凭证。"),
    // Errors.
    (
        "An argument is missing, unknown or malformed; nothing was sent",
        "参数缺失、未知或格式有误；没有发送任何请求",
    ),
    (
        "No token, or one that the platform does not accept",
        "没有令牌，或平台不接受该令牌",
    ),
    ("The order belongs to another account", "订单属于其他账户"),
    ("There is no such order", "没有这个订单"),
    (
        "The order is not free and no pay way was given",
        "订单不是免费的，却没有给出支付方式",
    ),
    (
        "The platform refuses this payment of an order that waits for one, or the settings do not allow the way",
        "订单仍待支付，但平台拒绝了这次支付；或设置不允许该支付方式",
    ),
    (
        "The order is expired, failed or refunded, or the platform refused the payment and does not say why",
        "订单已过期、失败或退款，或平台拒绝支付但没有说明原因",
    ),
    (
        "The platform asks for a payment first, and not by X402",
        "平台要求先行付款，且不是通过 X402",
    ),
    (
        "A signed X402 payment was not settled; `payment_error` has `code`, `stage` and `charged`: `no`, `yes` or `unknown`",
        "已签名的 X402 支付未能结算；`payment_error` 含 `code`、`stage` 和 `charged`（`no`、`yes` 或 `unknown`）",
    ),
    (
        "A signed X402 payment of the order has no known end yet, so nothing else is paid for it",
        "该订单有一笔已签名的 X402 支付尚无结果，因此不再为它发起其他支付",
    ),
    (
        "Too many requests, for the platform or for this server's own limits; nothing was done",
        "请求过多，超出平台或本服务器自身的限制；没有执行任何操作",
    ),
    (
        "The platform cannot be reached, or failed; nothing was done",
        "无法连接平台，或平台出错；没有执行任何操作",
    ),
    (
        "No answer in time; nothing was at stake",
        "未及时收到回应；没有任何影响",
    ),
    (
        "The connection failed after a payment was asked for, and looking at the order did not tell either",
        "请求支付之后连接中断，查询订单也无法确定结果",
    ),
    (
        "The answer cannot be understood, or is about another order",
        "无法理解平台的回应，或回应的是另一个订单",
    ),
    (
        "The payment link is withheld because it is not a link that may be shown",
        "支付链接不属于可以展示的链接，因此未予提供",
    ),
    (
        "A fault of this program in the middle of the call",
        "本程序在调用过程中出错",
    ),
    (
        "Another payment of the order is open, so the signed X402 payment was not sent; the same call again sends it",
        "该订单已有另一笔支付在进行，因此没有发送已签名的 X402 支付；再次进行同样的调用即会发送",
    ),
    (
        "A signed X402 payment pays more than the order costs, or than `--x402-max` allows; nothing was sent",
        "已签名的 X402 支付超过订单价格，或超过 `--x402-max` 的上限；没有发送任何请求",
    ),
    (
        "The payment journal cannot be used, so a signed X402 payment was not sent; links work without it",
        "支付日志无法使用，因此没有发送已签名的 X402 支付；链接支付不受影响",
    ),
    // Settings.
    (
        "The hosts that payment pages may be on, as `buy.stripe.com,*.alipay.com`; a link to another one is withheld. By default an \
         unusual host is shown and named",
        "允许的支付页面主机，如 `buy.stripe.com,*.alipay.com`；指向其他主机的链接会被扣下。默认情况下，不常见的主机会照样显示并注明",
    ),
    (
        "Where payments are written down, so that none is made twice: a file, or a `postgres://` address for agents on many \
         machines; by default a file in your folder for the state of programs",
        "支付记录的存放位置，用来保证不会重复支付：一个文件，或供多台机器上的代理共用的 `postgres://` 地址；默认是你的程序状态目录中的一个文件",
    ),
    (
        "The platform token, from the platform's console",
        "平台令牌，在平台控制台中创建",
    ),
    (
        "A file with the token in its first line, readable by you alone (mode 0600)",
        "首行为令牌的文件，只有你自己可读（权限 0600）",
    ),
    (
        "Where the platform is: only https, or http to a sandbox on this machine",
        "平台的地址：只能是 https，或本机沙箱的 http",
    ),
    (
        "How long one request may take, in seconds, 1 to 300",
        "单个请求的超时秒数，1 到 300",
    ),
    (
        "The pay ways to allow, of `STRIPE,WECHATPAY,ALIPAY,X402,CARD`; the others vanish from the schema and are refused",
        "允许的支付方式，取自 `STRIPE,WECHATPAY,ALIPAY,X402,CARD`；其余的不会出现在 schema 中，并会被拒绝",
    ),
    (
        "The most that one signed X402 payment may move, in USDC",
        "单笔已签名的 X402 支付最多可转移的金额，以 USDC 计",
    ),
    (
        "Write the QR codes of payment links into this folder, as pictures that only you can read",
        "把支付链接的二维码以图片形式写入该目录，只有你自己可读",
    ),
    (
        "Whether to ask the person inside the client to open the link, where the client can do that: `on` or `off`",
        "客户端支持时，是否在客户端内询问用户打开链接：`on` 或 `off`",
    ),
    (
        "Offer only `check_order_status`: nothing can be paid",
        "只提供 `check_order_status`：不能支付",
    ),
    (
        "Requests to the platform a second, 1 to 10000; twice as many in a burst",
        "每秒向平台发送的请求数，1 到 10000；突发时可达两倍",
    ),
    ("What is logged to stderr", "写入 stderr 的日志内容"),
    (
        "Serve against a sandbox inside this process: no account, no token, no real money",
        "使用本进程内的沙箱提供服务：无需账户和令牌，也没有真实的资金往来",
    ),
    // Orders of the sandbox.
    (
        "9.90 USD for ChatGPT, to pay by STRIPE or CARD",
        "ChatGPT，9.90 美元，用 STRIPE 或 CARD 支付",
    ),
    (
        "68.00 CNY for Suno, to pay by WECHATPAY (a code to scan)",
        "Suno，68.00 元，用 WECHATPAY 支付（扫码）",
    ),
    (
        "35.50 CNY for Midjourney, to pay by ALIPAY",
        "Midjourney，35.50 元，用 ALIPAY 支付",
    ),
    (
        "1.20 USD for Flux, to pay by X402 (USDC, a challenge to sign)",
        "Flux，1.20 美元，用 X402 支付（USDC，需签名一份质询）",
    ),
    (
        "free: finishes at once, needs no pay way",
        "免费：立即完成，无需支付方式",
    ),
    ("expired: cannot be paid any more", "已过期：不能再支付"),
    ("failed: cannot be paid any more", "已失败：不能再支付"),
    (
        "49.99 as a JSON number, without a currency",
        "价格 49.99 是 JSON 数字，没有币种",
    ),
    (
        "every optional field null until a payment is started",
        "发起支付之前，所有可选字段均为 null",
    ),
    ("somebody else's: access is refused", "他人的订单：拒绝访问"),
    ("finished: paid already", "已完成：已经支付"),
    (
        "2.50 USD to pay by X402: the wallet has too little USDC, so it fails and nobody is charged",
        "2.50 美元，用 X402 支付：钱包中的 USDC 不足，支付失败，没有人被扣款",
    ),
    (
        "2.50 USD to pay by X402: it fails, and whether the payer was charged is not said",
        "2.50 美元，用 X402 支付：支付失败，且未说明付款人是否已被扣款",
    ),
    (
        "2.50 USD to pay by X402: it is settled, and the answer is lost (504)",
        "2.50 美元，用 X402 支付：已结算，但回应丢失（504）",
    ),
    (
        "2.50 USD to pay by X402: it is settled after a minute",
        "2.50 美元，用 X402 支付：一分钟后结算",
    ),
    (
        "2.50 USD to pay by X402, in version 1 of the protocol",
        "2.50 美元，用 X402 支付，使用协议版本 1",
    ),
];
