using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>What people call the words of the model.</summary>
public static class PatternWords
{
    public static string Of(DataPattern pattern) => pattern switch
    {
        DataPattern.StretchedQuorum => "stretched quorum",
        DataPattern.NearReceiver => "near receiver, then asynchronous",
        DataPattern.Asynchronous => "asynchronous",
        DataPattern.LogShipping => "log shipping",
        DataPattern.Backup => "backup at the other site",
        _ => "one site",
    };

    public static string Of(Readiness readiness) => readiness switch
    {
        Readiness.Hot => "hot",
        Readiness.Warm => "warm",
        Readiness.PilotLight => "pilot light",
        Readiness.Cold => "cold",
        _ => "nothing",
    };

    /// <summary>A candidate in one line: <c>asynchronous, warm, 3 + 1 members</c>; over three places <c>1 + 1 + 1</c>, the near one second.</summary>
    public static string Of(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var ready = candidate.UsesOtherSite ? $", {Of(candidate.Readiness)}" : "";
        var members = candidate.IsSpread ? $"{candidate.LocalMembers} + {candidate.NearMembers} + {candidate.RemoteMembers} members"
            : candidate.RemoteMembers > 0 ? $"{candidate.LocalMembers} + {candidate.RemoteMembers} members"
            : candidate.LocalMembers == 1 ? "1 member" : $"{candidate.LocalMembers} members";
        return $"{Of(candidate.Pattern)}{ready}, {members}{(candidate.Leased ? ", leased" : "")}";
    }

    public static string Of(FailureKind failure) => failure switch
    {
        FailureKind.Process => "process",
        FailureKind.Host => "host",
        FailureKind.Site => "site",
        FailureKind.Link => "link",
        FailureKind.Region => "region",
        FailureKind.OperatorError => "operator error",
        _ => "corruption",
    };

    public static string Of(RecoveryPart part) => part switch
    {
        RecoveryPart.Detect => "detect",
        RecoveryPart.Decide => "decide",
        RecoveryPart.Fence => "fence",
        RecoveryPart.Provision => "provision",
        RecoveryPart.Restore => "restore",
        RecoveryPart.Replay => "replay",
        RecoveryPart.Promote => "promote",
        RecoveryPart.Redirect => "redirect",
        RecoveryPart.Verify => "verify",
        _ => "wait",
    };

    public static string Of(StoreClass kind) => kind switch
    {
        StoreClass.Relational => "relational",
        StoreClass.Cache => "cache",
        StoreClass.Broker => "broker",
        StoreClass.Secrets => "secrets",
        StoreClass.NoSql => "nosql",
        _ => "kubernetes",
    };

    public static string Of(FactSource source) => source switch
    {
        FactSource.Measured => "measured",
        FactSource.Declared => "declared",
        FactSource.Derived => "derived",
        _ => "assumed",
    };
}
