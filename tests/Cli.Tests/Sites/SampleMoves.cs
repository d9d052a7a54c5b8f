using Holdfast.Agent.Api.Sites;

namespace Holdfast.Cli.Tests.Sites;

/// <summary>Moves as the agents tell them when they have ended.</summary>
internal static class SampleMoves
{
    public static readonly DateTimeOffset Asked = new(2026, 11, 1, 3, 12, 0, TimeSpan.Zero);

    public static SiteMoveStatus Switchover => new()
    {
        Id = "m-1",
        Kind = "switchover",
        From = "fra",
        To = "ber",
        State = "done",
        Result = "ber is active",
        RequestedBy = "ana@control-1",
        RequestedAt = Asked,
        StoppedLsn = "3:0/6000028",
        Steps =
        [
            Step("check", 10, 12, "ber is 0.2 s behind"), Step("prepare", 30, 400, "checkpoint in 0.4 s"), Step("stop", 500, 130, "log ends at 3:0/6000028"),
            Step("catch-up", 650, 40, "has 3:0/6000028"), Step("take", 700, 8, "site epoch 2"), Step("promote", 720, 210, "orders-ber-1 is primary of epoch 1000001"),
            Step("follow", 950, 900, "orders-fra-1 follows"), Step("verify", 1900, 2300, "40 tables agree"),
        ],
    };

    public static SiteMoveStatus Failover => new()
    {
        Id = "m-2",
        Kind = "failover",
        From = "fra",
        To = "ber",
        State = "done",
        Result = "ber is active",
        RequestedBy = "ana@control-1",
        RequestedAt = Asked,
        AcceptDataLoss = true,
        Fenced = "power cut at 03:12 by Ana",
        Steps =
        [
            Step("check", 10, 12, "at most 8.4 s missing at ber, accepted"), Step("fence", 30, 5, "the site lease of fra is gone"), Step("take", 40, 8, "site epoch 2"),
            Step("promote", 60, 440, "orders-ber-1 is primary of epoch 1000001"), Step("verify", 600, 2300, "40 tables agree"),
        ],
    };

    public static SiteStepStatus Step(string name, int at, long took, string detail) => new(name, "done", Asked.AddMilliseconds(at), took, detail);
}
