using System.Collections.Immutable;

namespace Holdfast.Configuration.Rules;

/// <summary>Why a user must not set a parameter that Holdfast sets, and what governs it instead.</summary>
internal static class OwnedParameters
{
    private const string Always = OwnedSettings.Always;
    private const string Restore = "remove it; a restore to a point in time is not a setting of the running system";

    /// <summary>Remedy by parameter. {0} stands for the path of the store.</summary>
    private static readonly ImmutableDictionary<string, string> Remedies = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["listen_addresses"] = "remove it: {0}.members.NAME.address governs it",
        ["port"] = "remove it: {0}.members.NAME.address governs it",
        ["data_directory"] = "remove it: {0}.members.NAME.data governs it",
        ["hba_file"] = "remove it: {0}.postgresql.client-authentication holds the lines",
        ["ident_file"] = Always,
        ["primary_conninfo"] = "remove it: {0}.members says who there is, and Holdfast points each standby at the primary",
        ["primary_slot_name"] = Always,
        ["recovery_target_timeline"] = Always,
        ["restore_command"] = Always,
        ["synchronous_standby_names"] = "remove it: {0}.acknowledgements and {0}.objectives.host-loss.rpo govern it",
        ["synchronous_commit"] = "remove it: {0}.objectives.host-loss.rpo governs it",
        ["max_slot_wal_keep_size"] = "remove it: {0}.postgresql.slot-bound governs it",
        ["hot_standby"] = Always,
        ["wal_level"] = Always,
        ["wal_log_hints"] = Always,
        ["full_page_writes"] = Always,
        ["fsync"] = Always,
        ["wal_retrieve_retry_interval"] = Always,
        ["cluster_name"] = "remove it: the member's name is used",
        ["promote_trigger_file"] = Always,
        ["unix_socket_directories"] = Always,
        ["restart_after_crash"] = Always,
        ["password_encryption"] = "remove it: passwords are kept as scram-sha-256",
        ["recovery_target"] = Restore,
        ["recovery_target_lsn"] = Restore,
        ["recovery_target_name"] = Restore,
        ["recovery_target_time"] = Restore,
        ["recovery_target_xid"] = Restore,
        ["recovery_target_action"] = Restore,
        ["recovery_target_inclusive"] = Restore,
    }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>True when each parameter that the engine owns has a remedy of its own here (a test asks).</summary>
    public static bool Covers(string parameter) => Remedies.ContainsKey(parameter);

    public static string Remedy(string parameter, string storePath) => OwnedSettings.Remedy(Remedies, parameter, storePath);
}
