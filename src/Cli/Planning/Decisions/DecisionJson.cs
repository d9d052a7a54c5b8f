using System.Text.Json.Nodes;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Decisions;

namespace Holdfast.Cli.Planning.Decisions;

/// <summary>The decisions around a plan for programs. Null: that decision was not asked for. Amounts of money are for a month.</summary>
internal static class DecisionJson
{
    public static JsonObject Of(PlanDecisions decisions) => new()
    {
        ["kubernetes"] = decisions.Kubernetes is { } backup ? Kubernetes(backup) : null,
        ["cloud"] = decisions.Cloud is { } footprint ? Cloud(footprint) : null,
        ["storage"] = Array(decisions.Storage, Storage),
    };

    private static JsonObject Kubernetes(KubernetesBackup backup)
    {
        var json = Decision(backup.Decision);
        json["inventory"] = Array(backup.Inventory, item => new JsonObject
        {
            ["what"] = item.What,
            ["state"] = ChoiceWord.Of(item.State),
            ["by"] = item.By,
            ["inThisFile"] = item.InThisFile,
            ["remedy"] = item.Remedy,
        });
        return json;
    }

    private static JsonObject Cloud(CloudFootprint footprint)
    {
        var json = Decision(footprint.Decision);
        json["figures"] = Array(footprint.Figures.Zip(footprint.Decision.Options), pair => new JsonObject
        {
            ["option"] = pair.Second.Name,
            ["available"] = pair.First.Platform.Value,
            ["downSecondsAYear"] = Rounded(pair.First.PlatformDowntimeAYear.TotalSeconds),
            ["availableWhole"] = pair.First.Whole.Value,
            ["downWholeSecondsAYear"] = Rounded(pair.First.WholeDowntimeAYear.TotalSeconds),
            ["spendAMonth"] = Rounded(pair.First.SpendAMonth.Amount),
        });
        json["reasons"] = Array(footprint.Reasons, verdict => new JsonObject
        {
            ["reason"] = ChoiceWord.Of(verdict.Reason),
            ["valid"] = verdict.IsValid,
            ["why"] = verdict.Why,
            ["instead"] = verdict.Instead,
        });
        json["conditions"] = Array(footprint.Conditions, condition => JsonValue.Create(condition));
        return json;
    }

    private static JsonObject Storage(DatabaseStorage storage)
    {
        var json = Decision(storage.Decision);
        json["store"] = storage.Store.Name;
        json["pool"] = ChoiceWord.Of(storage.Pool);
        json["members"] = storage.Store.Members;
        json["synchronous"] = storage.Store.Synchronous;
        json["flushBudgetSeconds"] = storage.Store.FlushBudget.Value.TotalSeconds;
        json["flushBudgetOrigin"] = storage.Store.FlushBudget.Origin;
        json["figures"] = Array(storage.Figures, one => new JsonObject
        {
            ["option"] = one.Layout.Name,
            ["usableBytes"] = Rounded(one.Usable.Bytes),
            ["neededBytes"] = Rounded(one.Needed.Bytes),
            ["bytesOnDisks"] = Rounded(one.BytesOnDisks),
            ["bytesWritten"] = Rounded(one.BytesWritten),
            ["bytesRead"] = Rounded(one.BytesRead),
            ["flushSeconds"] = one.Flush.TotalSeconds,
            ["late"] = one.Late.Value,
            ["diskLossBytes"] = Rounded(one.DiskLoss.Bytes),
            ["hostLossBytes"] = Rounded(one.HostLoss.Bytes),
            ["healsInSeconds"] = one.HealsIn?.TotalSeconds,
        });
        json["notes"] = Array(storage.Notes, note => JsonValue.Create(note));
        return json;
    }

    private static JsonObject Decision(ScoredDecision decision) => new()
    {
        ["question"] = decision.Question,
        ["chosen"] = decision.Chosen?.Name,
        ["nearest"] = decision.Nearest.Name,
        ["criteria"] = Array(decision.Criteria, criterion => new JsonObject
        {
            ["name"] = criterion.Name,
            ["weight"] = criterion.Weight,
            ["asks"] = criterion.Asks,
            ["why"] = criterion.Why,
        }),
        ["options"] = Array(decision.Ranking, option => new JsonObject
        {
            ["name"] = option.Name,
            ["what"] = option.What,
            ["possible"] = option.CanBeHad,
            ["total"] = decision.Total(option),
            ["gates"] = Array(option.Gates, Gate),
            ["scores"] = Array(decision.Criteria.Zip(option.Scores), pair => new JsonObject
            {
                ["criterion"] = pair.First.Name,
                ["points"] = pair.Second.Points,
                ["why"] = pair.Second.Why,
            }),
        }),
        ["overturn"] = decision.Overturn is { } overturn
            ? new JsonObject
            {
                ["rival"] = overturn.Rival.Name,
                ["criterion"] = overturn.Criterion.Name,
                ["weight"] = overturn.Criterion.Weight,
                ["needed"] = overturn.Needed,
            }
            : null,
    };

    private static JsonObject Gate(Core.Planning.Patterns.Gate gate) => new() { ["what"] = gate.What, ["change"] = gate.Change };

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> make) => new([.. items.Select(make)]);

    private static double Rounded(double value) => Math.Round(value, 2);
}
