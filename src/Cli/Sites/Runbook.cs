using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Agent.Sites;
using Holdfast.Cli.Client;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Sites;

/// <param name="Step">As in the move's record: check, verify-before, …</param>
/// <param name="Who">The member whose agent does it, as the leaders are now.</param>
internal sealed record RunbookStep(string Step, string Who, string What);

/// <summary>What a move between sites would do, and whether it would be refused as things are now. Made from the agents' words; pure.</summary>
internal sealed record Runbook
{
    public required string Store { get; init; }
    public required string Kind { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }
    /// <summary>Why it would be refused now; null: nothing that is known speaks against it.</summary>
    public string? Refusal { get; init; }
    /// <summary>By the newest that is known of both sites; null: not known.</summary>
    public double? LagSeconds { get; init; }
    public long? LagBytes { get; init; }
    /// <summary>
    /// An upper bound of what may be missing, in seconds of the old site's work: the lag, and the time in which it may have gone on unheard. Null:
    /// cannot be said.
    /// </summary>
    public double? MayLackSeconds { get; init; }
    public double RpoSeconds { get; init; }
    public bool AcceptDataLoss { get; init; }
    /// <summary>Of a failover: what shows that the old site does not write.</summary>
    public string? Fence { get; init; }
    public ImmutableArray<RunbookStep> Steps { get; init; } = [];

    public static Runbook Of(StorePicture picture, MoveIntent asked)
    {
        var store = picture.Store;
        var from = store.OtherSite(asked.To)!;
        var steps = SiteMove.StepsOf(asked.Kind, store.BeforeMove is not null, store.AfterMove is not null, store.Engine.IsComparable);
        return new Runbook
        {
            Store = store.Name,
            Kind = asked.Verb,
            From = from,
            To = asked.To,
            Refusal = Refusals.Of(picture, asked, from),
            LagSeconds = picture.Sites.LagSeconds,
            LagBytes = picture.Sites.LagBytes,
            MayLackSeconds = Refusals.MayLack(picture, asked.To)?.TotalSeconds,
            RpoSeconds = store.SiteLoss.Rpo.TotalSeconds,
            AcceptDataLoss = asked.AcceptDataLoss,
            Fence = asked.Kind == MoveKind.Failover ? Fenced(picture, asked, from) : null,
            Steps =
            [
                .. steps.Select(step => step.Kind).Select(step =>
                    new RunbookStep(Words.Of(step), Who(picture, asked, from, step), What(store, asked, from, step))),
            ],
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this, RunbookJson.Plain.Runbook);

    public static string ToJson(ImmutableArray<Runbook> all) => JsonSerializer.Serialize(all, RunbookJson.Plain.ImmutableArrayRunbook);

    private static string Who(StorePicture picture, MoveIntent asked, string from, StepKind step)
    {
        var site = step is StepKind.Prepare or StepKind.Stop ? from : asked.To;
        return Refusals.Leader(picture, site) ?? $"the leader at {site}";
    }

    private static string Fenced(StorePicture picture, MoveIntent asked, string from) => picture.Store.Isolation switch
    {
        IsolationPolicy.Continue => asked.Fenced is { } how ? $"by the operator's word: {how}" : "no word of the operator yet (--fenced HOW)",
        _ when !picture.Sites.GlobalReachable => "not known: the global scope does not answer",
        _ => picture.Sites.LeaseSite == from ? $"{from} holds the site lease" : $"the site lease of {from} is gone",
    };

    private static string Run(HookSpec hook) => $"runs {hook.Command[0]} (at most {hook.TimeLimit.TotalSeconds:0.#} s)";

    private static string What(StoreSpec store, MoveIntent asked, string from, StepKind step) => step switch
    {
        StepKind.Check => "asks whether the move may be made; a refusal changes nothing",
        StepKind.VerifyBefore => "compares both sites by checksum; a difference ends the move",
        StepKind.BeforeHook => $"{Run(store.BeforeMove!)}; a failure ends the move",
        StepKind.Prepare => "flushes dirty pages while writes go on, so that the stop is short",
        StepKind.Fence when store.Isolation == IsolationPolicy.Continue => $"takes the operator's word that {from} was stopped, for the history",
        StepKind.Fence =>
            $"waits until the site lease of {from} is gone (at most {store.Timing.SiteLease.TotalSeconds:0.#} s after its last renewal)",
        StepKind.Stop => "stops its server in good order: WRITES PAUSE",
        StepKind.CatchUp => "receives the last of the log: nothing is missing",
        StepKind.Take => $"names {asked.To} the active site: from here there is only forward",
        StepKind.Promote => "becomes primary and admits clients: writes go on",
        StepKind.AfterHook => $"{Run(store.AfterMove!)}; a failure is noted",
        StepKind.Follow => $"waits until {from} follows",
        StepKind.Verify => "compares the members by checksum; a difference is noted",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "no such step"),
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Runbook))]
[JsonSerializable(typeof(ImmutableArray<Runbook>))]
internal sealed partial class RunbookJson : JsonSerializerContext
{
    public static RunbookJson Plain =>
        field ??= new RunbookJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
