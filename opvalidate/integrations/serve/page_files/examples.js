// Examples to try the page with: generated opportunities of no real customer.

export const EXAMPLES = {
  "example-json": {
    name: "example.json",
    text: `{
  "Catalog": "AWS",
  "ClientToken": "9c1c1d5e-2f64-4a52-8d0e-6a7b3f0c2e11",
  "Origin": "Partner Referral",
  "OpportunityType": "Net New Business",
  "NationalSecurity": "No",
  "PartnerOpportunityIdentifier": "CRM-2027-0043",
  "PrimaryNeedsFromAws": [
    "Co-Sell - Architectural Validation"
  ],
  "Customer": {
    "Account": {
      "CompanyName": "AnyCompany Logistics",
      "Industry": "Manufacture",
      "AwsAccountId": "123456789012",
      "Duns": "150483782",
      "Address": {
        "CountryCode": "US",
        "StateOrRegion": "WA",
        "City": "Seattle",
        "PostalCode": "98109",
        "StreetAddress": "410 Terry Avenue North"
      }
    },
    "Contacts": [
      {
        "FirstName": "Ana",
        "LastName": "Carolina Silva",
        "Email": "ana.silva@anycompany-robotics.com",
        "Phone": "+1 206 555 0142",
        "BusinessTitle": "Director of Platform Engineering"
      }
    ]
  },
  "OpportunityTeam": [
    {
      "FirstName": "Mary",
      "LastName": "Major",
      "Email": "mary.major@partner-firm.com",
      "Phone": "+12065550187",
      "BusinessTitle": "PartnerAccountManager"
    }
  ],
  "Project": {
    "Title": "Route planning on AWS",
    "CustomerBusinessProblem": "Sensor data of eleven plants is kept on servers that reach their end of life; the customer wants one platform for it, and fewer unplanned stops.",
    "CustomerUseCase": "AI Machine Learning and Analytics",
    "DeliveryModels": [
      "SaaS or PaaS",
      "Professional Services"
    ],
    "SalesActivities": [
      "Initialized discussions with customer",
      "Customer has shown interest in the solution"
    ],
    "CompetitorName": "On-Prem",
    "ExpectedCustomerSpend": [
      {
        "Amount": "14500.00",
        "CurrencyCode": "USD",
        "Frequency": "Monthly",
        "TargetCompany": "AWS"
      }
    ]
  },
  "Marketing": {
    "Source": "None"
  },
  "LifeCycle": {
    "Stage": "Qualified",
    "ReviewStatus": "Pending Submission",
    "NextSteps": "Workshop with the plant managers",
    "TargetCloseDate": "2024-06-30",
    "ClosedLostReason": "Price"
  }
}
`,
  },
  "example-sheet": {
    name: "example.csv",
    text: `Customer Company Name - required,Industry Vertical - required,Country - required,State/Province,Postal Code - required,Website - required,Partner Primary Need from AWS - required,Partner Project Title - required,Customer Business Problem - required,Solution Offered - required,Use Case - required,Estimated AWS Monthly Recurring Revenue - required,Target Close Date(mm/dd/yyyy) - required,Opportunity Type - required,Delivery Model - required,Is Opportunity from Marketing Activity? - required,Sales Activities,Partner CRM Unique Identifier,Region
AnyCompany Freight,Transportation & Logistics,United States,Massachusetts,2139,www.anycompany.com,Co-Sell - Deal Support,Dispatch platform,The dispatch system runs on servers whose lease ends in March.,S-0001234,Migration / Database Migration,12500,12/31/2027,Net New Business,Professional Services,No,SOW Signed,CRM-1,East
AnyCompany Foods,Consumer Goods,USA,Ohio,43215,www.anycompany-foods.com,Co-Sell - Deal Support,Web shop,The old web shop cannot handle the orders of a holiday season.,S-0001234,Migration / Database Migration,"1.250,00",2027-12-31,Net New Business,Professional Services,No,SOW Signed,CRM-2,West
`,
  },
  "example-crm": {
    name: "crm-export.csv",
    text: `Record ID,Deal Name,Deal Stage,Amount,Currency,Close Date,Deal owner,Deal Type,Associated Company,Website URL,Industry,Country/Region,State/Region,Postal Code,Deal Description,AWS use case,Contact email
9013370201,Cold chain tracking on AWS,Qualified To Buy,174000,USD,2099-06-30 00:00,Mary Major,New Business,AnyCompany Freight,https://www.anycompany-freight.com,Logistics & Supply Chain,United States,Ohio,43215,Trailers report temperatures once a day; the customer loses goods before it can react and needs readings every minute.,IoT,li.juan@anycompany-freight.com
9013370202,Claims portal migration,Presentation Scheduled,96000,USD,2099-09-15 00:00,John Stiles,Existing Business,Example Corp Insurance,example-corp-insurance.com,Insurance,Germany,,60311,The claims portal runs in a data center that closes; releases take three months and the customer wants one a week.,Migration/Database Migration,maria.garcia@example-corp-insurance.com
9013370203,Store demand forecasts,Contract Sent,60000,USD,2099-03-31 00:00,Mary Major,New Business,Example Retail Group,www.example-retail-group.com,Retail,France,,69002,"Stores order by hand, a fifth of the fresh goods is thrown away; forecasts per store and day shall halve that.",AI Machine Learning and Analytics,paulo.santos@example-retail-group.com
`,
  },
};
