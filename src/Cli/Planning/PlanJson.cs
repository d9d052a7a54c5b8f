using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Cli.Planning.Decisions;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;

namespace Holdfast.Cli.Planning;

/// <summary>
/// A plan for programs. Times are in seconds, data in bytes, amounts in the plan's currency for a year; null: all is lost, or it never comes back.
/// </summary>
internal static class PlanJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(SystemPlan plan) => new JsonObject
    {
        ["system"] = plan.Facts.System,
        ["met"] = plan.IsMet,
        ["currency"] = plan.Facts.Currency,
        ["spentAYear"] = Rounded(plan.Spent.Amount),
        ["damageAYear"] = Rounded(plan.Damage.Amount),
        ["stores"] = Array(plan.Stores, store => Store(store, plan.Seen?.Of(store.Store.Name))),
        ["decisions"] = DecisionJson.Of(plan.Decisions),
        ["facts"] = Array(FactTable.Of(plan.Facts), Fact),
    }.ToJsonString(Indented);

    private static JsonObject Store(StorePlan store, MeasuredStore? seen) => new()
    {
        ["name"] = store.Store.Name,
        ["class"] = PatternWords.Of(store.Store.Class),
        ["activeSite"] = store.Setting.Active.Name,
        ["otherSite"] = store.Setting.Other?.Name,
        ["met"] = store.IsMet,
        ["chosen"] = Assessment(store.Chosen),
        ["lacks"] = store.Lacks,
        ["changes"] = Array(store.Changes, change => JsonValue.Create(change)),
        ["link"] = store.Link is { } link ? Link(link) : null,
        ["ladder"] = Array(store.Ladder, Assessment),
        ["measured"] = seen is null ? null : Array(Promise.Of(store, seen), Measured),
    };

    private static JsonObject Measured(Promise promise) => new()
    {
        ["what"] = promise.Text,
        ["longest"] = promise.Measured.TotalSeconds,
        ["promised"] = promise.Promised?.TotalSeconds,
        ["kept"] = promise.Promised is null ? null : !promise.IsBroken,
    };

    private static JsonObject Assessment(Assessment one) => new()
    {
        ["pattern"] = PatternWords.Of(one.Candidate.Pattern),
        ["readiness"] = PatternWords.Of(one.Candidate.Readiness),
        ["membersHere"] = one.Candidate.LocalMembers,
        ["leased"] = one.Candidate.Leased,
        ["membersNear"] = one.Candidate.NearMembers,
        ["membersThere"] = one.Candidate.RemoteMembers,
        ["possible"] = one.CanBeHad,
        ["meetsAll"] = one.MeetsAll,
        ["gates"] = Array(one.Gates, gate => new JsonObject { ["what"] = gate.What, ["change"] = gate.Change, ["final"] = gate.IsFinal }),
        // What the product cannot do has no figures.
        ["commitSeconds"] = one.IsOutOfReach ? null : one.Commit.TotalSeconds,
        ["commitsPerConnection"] = one.IsOutOfReach ? null : Rounded(one.PerConnection),
        ["available"] = one.IsOutOfReach ? null : one.Available.Value,
        ["failures"] = one.IsOutOfReach ? null : Array(one.Outcomes, Outcome),
        ["costs"] = one.IsOutOfReach ? null : new JsonObject
        {
            ["hosts"] = Rounded(one.Costs.Hosts.Amount),
            ["disks"] = Rounded(one.Costs.Disks.Amount),
            ["repository"] = Rounded(one.Costs.Repository.Amount),
            ["traffic"] = Rounded(one.Costs.Traffic.Amount),
            ["line"] = Rounded(one.Costs.Line.Amount),
            ["drills"] = Rounded(one.Costs.Drills.Amount),
            ["spent"] = Rounded(one.Costs.Spent.Amount),
            ["damage"] = Rounded(one.Costs.Damage.Amount),
        },
    };

    private static JsonObject Outcome(Outcome outcome) => new()
    {
        ["failure"] = PatternWords.Of(outcome.Failure),
        ["verdict"] = outcome.Verdict switch { Verdict.Met => "met", Verdict.Missed => "missed", _ => "not asked" },
        ["rpo"] = outcome.Rpo?.TotalSeconds,
        ["rpoWhy"] = outcome.LossWhy,
        ["rpoAsked"] = outcome.Objective?.Rpo.TotalSeconds,
        ["rto"] = outcome.Rto?.TotalSeconds,
        ["rtoAsked"] = outcome.Objective?.Rto.TotalSeconds,
        ["parts"] = outcome.Recovery is { } recovery ? Array(recovery.Parts, Part) : null,
    };

    private static JsonObject Part(PartTime part) => new()
    {
        ["part"] = PatternWords.Of(part.Part),
        ["seconds"] = part.Time.TotalSeconds,
        ["why"] = part.Why,
    };

    private static JsonObject Link(LinkOutlook link) => new()
    {
        ["name"] = link.Link.Name,
        ["roundTrip"] = link.Link.RoundTrip.Value.TotalSeconds,
        ["bytesPerSecond"] = Rounded(link.Capacity.BytesPerSecond),
        ["utilisation"] = double.IsFinite(link.Utilisation) ? link.Utilisation : null,
        ["outage"] = link.Outage.TotalSeconds,
        ["queueFullAfter"] = link.FullAfter?.TotalSeconds,
        ["queueNeeded"] = Rounded(link.Needed.Bytes),
        ["bridged"] = link.BridgesTheOutage,
        ["catchUp"] = link.BridgesTheOutage ? link.CatchUp?.TotalSeconds : null,
    };

    private static JsonObject Fact(FactRow row) => new()
    {
        ["of"] = row.Of,
        ["name"] = row.Name,
        ["value"] = row.Number,
        ["text"] = row.Text,
        ["source"] = PatternWords.Of(row.Source),
        ["origin"] = row.Origin,
    };

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> make) => new([.. items.Select(make)]);

    private static double Rounded(double value) => Math.Round(value, 2);
}
