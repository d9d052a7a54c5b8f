using System.Text.RegularExpressions;

namespace Holdfast.Configuration.Shapes;

/// <summary>How names must look.</summary>
internal sealed class NameForm(string pattern, string remedy)
{
    private readonly Regex _regex = new(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>
    /// Names of systems, sites, stores and members: they become keys in coordination, replication slots and application names.
    /// </summary>
    public static readonly NameForm Name = new(
        @"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", "use at most 63 lower-case letters, digits and dashes, a letter or digit at either end");

    /// <summary>Names of a server's settings.</summary>
    public static readonly NameForm Parameter = new(
        @"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?\z",
        "write it as in postgresql.conf, for example 'work_mem' or 'auto_explain.log_min_duration'");

    /// <summary>Names of settings of Redis and Valkey.</summary>
    public static readonly NameForm Setting = new(@"^[A-Za-z][A-Za-z0-9-]*\z", "write it as in redis.conf, for example 'maxmemory-policy'");

    /// <summary>For the JSON schema, whose dialect has <c>$</c> for the end.</summary>
    public string Pattern => pattern.Replace(@"\z", "$", StringComparison.Ordinal);
    public string Remedy => remedy;
    public bool IsMatch(string name) => _regex.IsMatch(name);
}
