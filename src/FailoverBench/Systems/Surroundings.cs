using Holdfast.Quickstart;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Reporting;

namespace Holdfast.FailoverBench.Systems;

/// <summary>What all systems have in common.</summary>
/// <param name="Folder">Each system makes a folder of its own in it.</param>
/// <param name="HoldfastProgram">The published <c>holdfast</c>.</param>
/// <param name="Etcd">The one etcd server that all use that need one.</param>
internal sealed record Surroundings(
    string Folder, string HoldfastProgram, EtcdPlace Etcd, HttpClient Http, Narrator Narrator, TimeProvider Time)
{
    /// <summary>Of the packages postgresql-15 and postgresql-15-auto-failover.</summary>
    private const string PostgreSqlBin = "/usr/lib/postgresql/15/bin";
    /// <summary>Of the packages redis-server and redis-sentinel.</summary>
    private const string RedisBin = "/usr/bin";

    /// <summary>Path of a program of PostgreSQL 15, which is what all systems run.</summary>
    /// <exception cref="QuickstartException">It is not there.</exception>
    public static string PostgreSql(string program)
    {
        var path = Path.Combine(PostgreSqlBin, program);
        return File.Exists(path) ? path : throw new QuickstartException($"{path} is missing; install the package postgresql-15");
    }

    /// <summary>Path of a program of Redis, which is what all systems of that kind run.</summary>
    /// <exception cref="QuickstartException">It is not there.</exception>
    public static string Redis(string program)
    {
        var path = Path.Combine(RedisBin, program);
        return File.Exists(path) ? path : throw new QuickstartException($"{path} is missing; install the package {program}");
    }

    /// <summary>The folder of PostgreSQL's programs.</summary>
    public static string Bin => Path.GetDirectoryName(PostgreSql("postgres"))!;
}
