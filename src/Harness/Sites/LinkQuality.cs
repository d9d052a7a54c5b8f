namespace Holdfast.Harness.Sites;

/// <summary>How good a link is. What a kernel cannot do is found out by trying, for it depends on how that kernel was built.</summary>
public sealed partial class Net
{
    /// <summary>Delays and loses packets from one site to another. False, with nothing changed: this kernel has no network emulator.</summary>
    /// <param name="loss">Of all packets, 0 to 1.</param>
    public async Task<bool> TryWorsenAsync(string from, string to, TimeSpan delay, double loss = 0)
    {
        try
        {
            await _routers[from].RunAsync(
            [
                "tc", "qdisc", "replace", "dev", Link(to), "root", "netem", "delay", $"{delay.TotalMilliseconds:0}ms", "loss", $"{loss * 100:0.###}%",
            ]);
            return true;
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("qdisc kind is unknown", StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <summary>Bounds what a link carries from one site to another.</summary>
    /// <param name="bytesPerSecond">At least 10,000.</param>
    public Task BoundAsync(string from, string to, long bytesPerSecond) => _routers[from].RunAsync(
    [
        "tc", "qdisc", "replace", "dev", Link(to), "root", "tbf", "rate", $"{bytesPerSecond}bps", "burst", $"{Math.Max(16_000, bytesPerSecond / 50)}",
        "latency", "200ms",
    ]);

    /// <summary>Bounds what a host receives from everybody.</summary>
    /// <inheritdoc cref="BoundAsync" path="/param"/>
    public Task BoundHostAsync(string host, long bytesPerSecond) => _routers[_hosts[host].Site].RunAsync(
    [
        "tc", "qdisc", "replace", "dev", Port(host), "root", "tbf", "rate", $"{bytesPerSecond}bps", "burst", $"{Math.Max(16_000, bytesPerSecond / 50)}",
        "latency", "200ms",
    ]);

    /// <summary>As good as it was.</summary>
    public Task ImproveHostAsync(string host) => _routers[_hosts[host].Site].RunAsync(["tc", "qdisc", "del", "dev", Port(host), "root"]);

    /// <summary>As good as it was.</summary>
    public Task ImproveAsync(string from, string to) => _routers[from].RunAsync(["tc", "qdisc", "del", "dev", Link(to), "root"]);
}
