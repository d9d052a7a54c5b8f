using Holdfast.Engines.PostgreSql;

namespace Holdfast.Configuration.Tests;

public class PostgreSqlSectionTests
{
    public static TheoryData<string> Owned => [.. PostgreSqlSpec.OwnedParameters];

    [Theory]
    [MemberData(nameof(Owned))]
    public void A_setting_that_belongs_to_holdfast_is_refused_with_what_governs_it(string parameter)
    {
        var problem = Sample.WithInStore($"postgresql: {{parameters: {{{parameter}: x}}}}").OnlyError();

        (problem.Path, problem.Message).ShouldBe(($"stores.orders.postgresql.parameters.{parameter}", "belongs to Holdfast"));
        problem.Remedy.ShouldNotContain("{0}");
        Rules.OwnedParameters.Covers(parameter).ShouldBeTrue($"{parameter} has no remedy in OwnedParameters");
    }

    [Theory]
    [InlineData("Port", "remove it: stores.orders.members.NAME.address governs it")]
    [InlineData("synchronous_standby_names", "remove it: stores.orders.acknowledgements and stores.orders.objectives.host-loss.rpo govern it")]
    [InlineData("max_slot_wal_keep_size", "remove it: stores.orders.postgresql.slot-bound governs it")]
    [InlineData("ssl_cert_file", "remove it: stores.orders.postgresql.tls governs it")]
    [InlineData("include", "write the settings themselves")]
    public void The_remedy_names_the_key(string parameter, string remedy) =>
        Sample.WithInStore($"postgresql: {{parameters: {{{parameter}: x}}}}").OnlyError().Remedy.ShouldBe(remedy);

    [Fact]
    public void A_setting_in_two_cases_is_given_twice() =>
        Sample.WithInStore("postgresql: {parameters: {work_mem: 1MB, Work_Mem: 2MB}}").OnlyError().Path.ShouldBe("stores.orders.postgresql.parameters.Work_Mem");

    [Theory]
    [InlineData("local all all peer")]
    [InlineData("local   all\tall  scram-sha-256 # comment")]
    [InlineData("host all all 10.0.0.0/8 scram-sha-256")]
    [InlineData("host all all 10.1.2.3/8 scram-sha-256")]
    [InlineData("host all all 10.0.0.0 255.0.0.0 scram-sha-256")]
    [InlineData("host all all 2001:db8::/32 scram-sha-256")]
    [InlineData("host \"my db\" \"a user\" samenet md5")]
    [InlineData("host all +readers .example.com ldap ldapserver=ldap.example.com ldapprefix=\"cn=\"")]
    [InlineData("host all all 127.0.0.1/32 trust")]
    [InlineData("host all all ::1/128 trust")]
    [InlineData("host all all localhost trust")]
    [InlineData("host all all 10.0.0.0/8 reject")]
    public void Lines_that_the_server_takes_are_taken(string line) => WithLine(line).Problems.ShouldBeEmpty();

    [Theory]
    [InlineData("hots all all 10.0.0.0/8 scram-sha-256", "'hots' is not a connection type", "did you mean 'host'?")]
    [InlineData("host all all scram-sha-256", "has 4 fields; a 'host' line needs 5", "write 'host DATABASE USER ADDRESS METHOD'")]
    [InlineData("local all peer", "has 3 fields; a 'local' line needs 4", "write 'local DATABASE USER METHOD'")]
    [InlineData("host all all 10.0.0.1 scram-sha-256", "the address 10.0.0.1 has no mask", "write 10.0.0.1/32 for this one host")]
    [InlineData("host all all ::1 scram-sha-256", "the address ::1 has no mask", "write ::1/128 for this one host")]
    [InlineData("host all all 10.0.0.0/33 scram-sha-256", "'10.0.0.0/33' is not an address with a mask", "write for example 10.0.0.0/8, or samenet, or a host name")]
    [InlineData("host all all all scram-sha256", "'scram-sha256' is not a method", "did you mean 'scram-sha-256'?")]
    [InlineData("host all all all peer", "'peer' works in 'local' lines only", "write scram-sha-256, or change the type")]
    [InlineData("host all all all cert", "'cert' works in 'hostssl' lines only", "write scram-sha-256, or change the type")]
    [InlineData("# nothing", "is empty or only a comment", "write for example 'hostssl orders app 10.0.0.0/8 scram-sha-256'")]
    [InlineData("host \"all all all md5", "a quote is not closed", "write for example 'hostssl orders app 10.0.0.0/8 scram-sha-256'")]
    [InlineData("include other.conf", "'include' is not a connection type", "the types are: local, host, hostssl, hostnossl, hostgssenc, hostnogssenc")]
    public void Lines_that_the_server_would_refuse_are_errors(string line, string message, string remedy)
    {
        var problem = WithLine(line).OnlyError();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(("stores.orders.postgresql.client-authentication[0]", message, remedy));
    }

    [Theory]
    [InlineData("host all all 10.0.0.0/8 trust", "lets anybody in from 10.0.0.0/8 without a password")]
    [InlineData("host all all all trust", "lets anybody in from all without a password")]
    [InlineData("host all all 10.0.0.0/8 password", "sends passwords in the clear")]
    [InlineData("hostssl all all 10.0.0.0/8 scram-sha-256", "never matches: the server has no TLS")]
    public void Lines_that_open_too_much_or_nothing_are_warnings(string line, string message) => WithLine(line).OnlyWarning().Message.ShouldBe(message);

    private static LoadResult WithLine(string line) =>
        Sample.WithInStore("postgresql:", "  client-authentication:", $"    - '{line}'");
}
